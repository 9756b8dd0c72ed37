"""Watch every instance of a node: who started, ended, was paused, came or went, whoever did it.

One watch per driver object, alive while somebody listens. A supervisor's end is known at once (pidfd); everything else,
also what another process of Gatehouse did, at the next look around.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from uuid import UUID

from domain.ports.runtime import RuntimeEvent
from drivers.runtime.process.folders import Folders
from drivers.runtime.process.observe import current_record
from drivers.runtime.process.supervise.record import EXITED, PAUSED
from drivers.runtime.process.threads import in_thread

LOOK_AROUND_S = 0.5

Seen = dict[UUID, tuple[str, str, int]]
"""Per instance: kind of the event that led to its state, run, pid of its supervisor (0 when none)."""


class Subscription:
    """What one listener has not heard yet; the newest kind per instance, so that it never grows beyond them."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, str] = {}
        self._changed = asyncio.Event()
        self._over = False

    def tell(self, instance_id: UUID, kind: str) -> None:
        self._waiting.pop(instance_id, None)
        self._waiting[instance_id] = kind
        self._changed.set()

    def end(self) -> None:
        self._over = True
        self._changed.set()

    def __aiter__(self) -> AsyncIterator[RuntimeEvent]:
        return self

    async def __anext__(self) -> RuntimeEvent:
        while not self._waiting:
            if self._over:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        instance_id = next(iter(self._waiting))
        return RuntimeEvent(instance_id, self._waiting.pop(instance_id))


class Watch:
    """The look-out of one driver object."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._seen: Seen = {}
        self._pidfds: dict[int, int] = {}
        self._subscriptions: set[Subscription] = set()
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[RuntimeEvent]]:
        """Everything that happens from now on. Unavailable: the folder of all instances is gone."""
        subscription = Subscription()
        async with self._starting:
            if self._task is None or self._task.done():
                self._seen = await in_thread(_look_around, self._folders)
                self._follow_supervisors()
                self._task = asyncio.create_task(self._run())
            self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            subscription.end()
            self._subscriptions.discard(subscription)
            async with self._starting:
                if not self._subscriptions:
                    await self._stop()

    def look_now(self) -> None:
        """Something was done here: do not wait for the next look around."""
        self._look.set()

    async def close(self) -> None:
        """Every listener's iteration ends."""
        for subscription in self._subscriptions:
            subscription.end()
        await self._stop()

    async def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AROUND_S):
                        await self._look.wait()
                self._look.clear()
                self._compare(await asyncio.to_thread(_look_around, self._folders))
        except OSError:
            return  # the folder of all instances is gone: so is this engine
        finally:
            for pid in list(self._pidfds):
                self._forget(pid)
            for subscription in self._subscriptions:
                subscription.end()

    def _compare(self, now: Seen) -> None:
        before, self._seen = self._seen, now
        self._follow_supervisors()
        for instance_id in {**before, **now}:
            if before.get(instance_id) != now.get(instance_id):
                kind = now[instance_id][0] if instance_id in now else "destroy"
                for subscription in self._subscriptions:
                    subscription.tell(instance_id, kind)

    def _follow_supervisors(self) -> None:
        living = {pid for _, _, pid in self._seen.values() if pid}
        for pid in [pid for pid in self._pidfds if pid not in living]:
            self._forget(pid)
        for pid in living - self._pidfds.keys():
            with contextlib.suppress(OSError):  # it ended meanwhile: the next look sees that
                self._pidfds[pid] = fd = os.pidfd_open(pid)
                asyncio.get_running_loop().add_reader(fd, self._ended, pid)

    def _ended(self, pid: int) -> None:
        self._forget(pid)
        self._look.set()

    def _forget(self, pid: int) -> None:
        fd = self._pidfds.pop(pid)
        asyncio.get_running_loop().remove_reader(fd)
        os.close(fd)


def _look_around(folders: Folders) -> Seen:
    """FileNotFoundError when the folder of all instances is gone."""
    seen: Seen = {}
    for folder in folders.all():
        record = current_record(folder)
        if record is None:
            seen[folder.instance_id] = ("create", "", 0)
        elif record["state"] == EXITED:
            seen[folder.instance_id] = ("oom" if record["out_of_memory"] else "die", record["run_id"], 0)
        else:
            kind = "pause" if record["state"] == PAUSED else "start"
            seen[folder.instance_id] = (kind, record["run_id"], record["supervisor_pid"])
    return seen
