"""A storm: people, workers that die, an engine that fails and two watches, all at once; afterwards everything is true.

Time runs sixty times as fast, so that leases lapse under jobs that hang and retries come within the test.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from domain.errors import Conflict, DomainError, Unavailable
from domain.instances.change import SETTLED
from domain.instances.deploy import deploy
from domain.instances.destroy import destroy
from domain.instances.kill import kill
from domain.instances.reconcile import reconcile_node
from domain.instances.redeploy import redeploy
from domain.instances.rename import rename
from domain.instances.resize import resize
from domain.instances.restart import restart
from domain.instances.spec import PortSpec
from domain.instances.start import start
from domain.instances.stop import stop
from domain.instances.suspend import suspend
from domain.instances.unsuspend import unsuspend
from domain.jobs.cancel import cancel_operation
from domain.jobs.registry import KINDS
from domain.jobs.relay import give_positions
from domain.jobs.worker import Worker
from domain.limits import MIB
from domain.models import Instance, InstancePort, InstanceState, Operation, OutboxEvent
from domain.models.operation import ENDED_STATES
from domain.nodes.watch import NodeWatch
from domain.ports.runtime import RuntimeState
from domain.unit import WAKE_OUTBOX
from tests.domain.instances.conftest import Place
from tests.fakes import FakeClock

SPEED = 60
TURNS = 40
LIVE = (RuntimeState.RUNNING, RuntimeState.PAUSED)
CALLS = ("prepare_image", "create", "start", "stop", "kill", "restart", "destroy", "inspect", "resize")
Turn = Callable[[], Awaitable[Any]]


class FastClock(FakeClock):
    """Real time, sixty times as fast, beside what a test adds."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=asyncio.get_running_loop().time() * SPEED)


@pytest.fixture
def clock() -> FakeClock:
    return FastClock()


class Storm:
    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        self.chance = random.Random(seed)
        self.names = count(1)
        self.workers: list[tuple[Worker, asyncio.Task[None]]] = []
        for _ in range(3):
            self.hire()

    def hire(self) -> None:
        worker = Worker(self.place.ports, f"worker:{next(self.names)}", KINDS, concurrency=4)
        self.workers.append((worker, asyncio.create_task(worker.run())))

    async def shoot(self) -> None:
        """A worker's process dies: nothing is given back, and another comes."""
        worker, running = self.workers.pop(0)
        attempts = list(worker._running.values())
        for task in (running, *attempts):
            task.cancel()
        await asyncio.gather(running, *attempts, return_exceptions=True)
        self.hire()

    async def verb(self) -> None:
        place, ports = self.place, self.place.ports
        known = await Instance.exclude(state=InstanceState.DELETED).order_by("id")
        if len(known) < 4:
            await deploy(ports, place.owner, place.spec(ports=(PortSpec(80), PortSpec(81, protocol="udp"))))
            return
        chosen = self.chance.choice(known).id
        turns: list[Turn] = [
            *(lambda verb=verb: verb(ports, place.owner, chosen) for verb in (start, stop, restart, kill)),
            lambda: resize(ports, place.owner, chosen, memory_bytes=self.chance.randint(8, 90) * MIB),
            lambda: redeploy(ports, place.owner, chosen, env={"TURN": str(next(self.names))}),
            lambda: rename(ports, place.owner, chosen, f"name {next(self.names)}"),
            lambda: suspend(ports, place.platform, chosen),
            lambda: unsuspend(ports, place.platform, chosen),
            lambda: unsuspend(ports, place.platform, chosen),
            lambda: self.cancel(),
            lambda: destroy(ports, place.owner, chosen),
        ]
        await self.chance.choice(turns)()

    async def cancel(self) -> None:
        under_way = await Operation.exclude(state__in=list(ENDED_STATES)).order_by("id")
        if under_way:
            await cancel_operation(self.place.ports, self.place.owner, self.chance.choice(under_way).id)

    async def people(self) -> None:
        for _ in range(TURNS):
            with suppress(DomainError):
                await self.verb()
            await asyncio.sleep(self.chance.random() * 0.02)

    async def trouble(self) -> None:
        runtime = self.place.runtime
        while True:
            await asyncio.sleep(self.chance.random() * 0.05)
            match self.chance.randrange(8):
                case 0 | 1:
                    fault = self.chance.choice([Unavailable("Away.\0"), Conflict("No.\ud800"), DomainError("x" * 999)])
                    runtime.fail_next(self.chance.choice(CALLS), fault, after=self.chance.random() < 0.5)
                case 2:
                    await self.shoot()
                case 3:
                    running = [one for one in await runtime.list_instances() if one.state in LIVE]
                    if running:
                        runtime.kill_from_outside(self.chance.choice(running).instance_id)
                case 4:
                    call = self.chance.choice(CALLS[:-1])
                    hold = runtime.hold(call, after=self.chance.random() < 0.5)
                    await asyncio.sleep(0.6)  # longer than a lease
                    hold.released.set()
                case 5:
                    runtime.fail_always(Unavailable("The engine does not answer."))
                    await asyncio.sleep(0.1)
                    runtime.fail_always(None)
                case _:
                    with suppress(DomainError):
                        await self.cancel()

    async def calm(self) -> None:
        """No more trouble: every operation ends, then one look at everything."""
        engine = self.place.runtime._engine
        engine.faults.clear()
        engine.lasting_fault = None
        for hold in engine.held.values():
            hold.released.set()
        await asyncio.wait_for(self.until_idle(), 30)
        while await reconcile_node(self.place.ports, self.place.node, self.place.runtime, set()):
            await asyncio.wait_for(self.until_idle(), 30)
        await asyncio.wait_for(self.until_idle(), 30)
        for worker, running in self.workers:
            await worker.stop(grace_s=5)
            await running

    async def until_idle(self) -> None:
        async with self.place.ports.bus.subscribe([WAKE_OUTBOX]) as commits:
            while await Operation.exclude(state__in=list(ENDED_STATES)).exists():
                await anext(commits)


@asynccontextmanager
async def background(*runs: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(run()) for run in runs]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def check_rows(place: Place) -> None:
    observed = {one.instance_id: one for one in await place.runtime.list_instances()}
    rows = {row.id: row for row in await Instance.all()}
    assert observed.keys() <= rows.keys()
    for row in rows.values():
        seen = observed.get(row.id)
        runs = seen is not None and seen.state in LIVE
        said = f"{row.id}: {row.state}, suspended {row.suspended}, {row.state_reason}; the engine: {seen}"
        assert row.state in SETTLED or row.state is InstanceState.DELETED, said
        assert (row.state is InstanceState.RUNNING) == (seen is not None and seen.state is RuntimeState.RUNNING), said
        assert not (row.suspended and runs), said
        assert row.state is not InstanceState.DELETED or seen is None, said
    living = {row.id for row in rows.values() if row.state is not InstanceState.DELETED}
    assert {port.instance_id for port in await InstancePort.all()} == living


async def check_story() -> None:
    """Every revision of an instance was told once and in order; an operation's grow."""
    while await give_positions():
        pass
    told: dict[str, list[int]] = defaultdict(list)
    for event in await OutboxEvent.filter(noun__in=["instance", "operation"]).order_by("position"):
        told[event.topic].append(event.payload["revision"])
    for row in await Instance.all():
        assert told[f"instance:{row.id}"] == list(range(1, row.revision + 1))
    for operation in await Operation.all():
        revisions = told[f"operation:{operation.id}"]
        assert revisions == sorted(set(revisions))
        assert revisions[-1] == operation.revision


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_a_storm_everything_is_true(place: Place, seed: int) -> None:
    place.ports = replace(place.ports, limits=replace(place.ports.limits, stop_grace_s=0.1))
    storm = Storm(place, seed)
    watches = [NodeWatch(place.ports, name).run for name in ("one", "two")]
    async with background(storm.trouble, *watches):
        await asyncio.wait_for(asyncio.gather(*(storm.people() for _ in range(4))), 60)
    await storm.calm()
    await check_rows(place)
    await check_story()
