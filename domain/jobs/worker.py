"""The worker: takes jobs, runs them side by side, keeps their leases, and says how each attempt ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from uuid import UUID

from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError, TransactionManagementError

from domain.errors import DomainError, Unavailable
from domain.jobs import finish
from domain.jobs.claim import claim, extend, give_back
from domain.jobs.job import Cancelled, Job, JobKind, LeaseLost
from domain.models.operation import Operation
from domain.ports import Ports
from domain.unit import WAKE_JOBS

POLL_S = 1.0
CLEAN_UP_TRIES = 3
log = logging.getLogger(__name__)

OnResult = Callable[[str, str], None]
"""Told (kind, outcome) after every attempt: succeeded, failed, cancelled, retried, lost."""


class Worker:
    """name: unique per process, also after a restart. kinds: what it can run. concurrency: jobs at a time."""

    def __init__(
        self,
        ports: Ports,
        name: str,
        kinds: Mapping[str, JobKind],
        *,
        concurrency: int = 8,
        on_result: OnResult | None = None,
    ) -> None:
        self._ports = ports
        self._name = name
        self._kinds = kinds
        self._concurrency = concurrency
        self._on_result = on_result or (lambda kind, outcome: None)
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Work until stop(); returns when the last job has ended or was given back."""
        listener = asyncio.create_task(self._listen())
        heartbeat = asyncio.create_task(self._beat())
        try:
            while not self._stopping:
                self._wake.clear()
                if not await self._take():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):
                            await self._wake.wait()
            while self._running:  # under their heartbeat: a long grace must not let their leases lapse
                await asyncio.wait(self._running.values())
        finally:
            listener.cancel()
            heartbeat.cancel()
            await asyncio.gather(listener, heartbeat, return_exceptions=True)

    async def run_until_idle(self) -> None:
        """Work off what may run now, and what that queues; then return."""
        while await self._take() or self._running:
            await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)

    async def stop(self, grace_s: float) -> None:
        """Take nothing more; what is not done within grace_s is given back for another worker to resume."""
        self._stopping = True
        self._wake.set()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=grace_s)
        left = dict(self._running)
        for task in left.values():
            task.cancel()
        await asyncio.gather(*left.values(), return_exceptions=True)
        await give_back(self._ports, self._name, left)

    async def _take(self) -> bool:
        """Start what may run now; whether anything was taken (then look again at once)."""
        free = self._concurrency - len(self._running)
        taken = await claim(self._ports, self._name, free) if free > 0 else []
        for operation in taken:
            zombie = self._running.get(operation.id)
            task = asyncio.create_task(self._attempt(operation, zombie), name=f"operation {operation.id}")
            self._running[operation.id] = task
            task.add_done_callback(partial(self._ended, operation.id))
        return bool(taken)

    def _ended(self, operation_id: UUID, task: asyncio.Task[None]) -> None:
        if self._running.get(operation_id) is task:
            del self._running[operation_id]
        self._wake.set()
        if not task.cancelled() and (fault := task.exception()):
            # Its row still says running; without a heartbeat its lease lapses and somebody resumes it.
            log.error("the outcome of operation %s could not be written", operation_id, exc_info=fault)

    async def _attempt(self, operation: Operation, zombie: asyncio.Task[None] | None) -> None:
        """zombie: an earlier attempt of ours whose lease lapsed while this process slept."""
        if zombie is not None:
            zombie.cancel()
            await asyncio.wait([zombie])
        kind = self._kinds.get(operation.kind)
        job = Job(self._ports, operation)
        try:
            if kind is None:
                await finish.fail(self._ports, operation, Unavailable("No worker here knows this kind of operation."))
                outcome = "failed"
            elif operation.attempts > operation.max_attempts:
                outcome = await self._give_up(kind, job, Unavailable("It was interrupted too many times."))
            else:
                outcome = await self._execute(kind, job)
        except LeaseLost:
            outcome = "lost"
        log.info("operation %s (%s) %s", operation.id, operation.kind, outcome)
        self._on_result(operation.kind, outcome)

    async def _execute(self, kind: JobKind, job: Job) -> str:
        try:
            if kind.cancellable:
                await job.check_cancelled()
            result = await kind.run(job)
            await finish.succeed(self._ports, job.operation, result)
            return "succeeded"
        except Cancelled as error:
            await self._clean_up(kind, job, error)
            await finish.cancelled(self._ports, job.operation, error)
            return "cancelled"
        except DomainError as error:
            return await self._after_error(kind, job, error)
        except LeaseLost:
            raise
        except Exception as exc:
            if is_passing(exc):
                log.warning("operation %s: the database failed it", job.operation.id, exc_info=exc)
                return await self._after_error(kind, job, Unavailable("The database did not answer."))
            log.exception("operation %s (%s) failed unexpectedly", job.operation.id, job.operation.kind)
            fault = DomainError("An internal error ended the operation.")
            fault.__cause__ = exc
            return await self._give_up(kind, job, fault)

    async def _after_error(self, kind: JobKind, job: Job, error: DomainError) -> str:
        if isinstance(error, Unavailable) and job.operation.attempts < job.operation.max_attempts:
            await finish.retry_later(self._ports, job.operation, error)
            return "retried"
        return await self._give_up(kind, job, error)

    async def _give_up(self, kind: JobKind, job: Job, error: DomainError) -> str:
        await self._clean_up(kind, job, error)
        await finish.fail(self._ports, job.operation, error)
        return "failed"

    async def _clean_up(self, kind: JobKind, job: Job, error: DomainError) -> None:
        """Only while the job is ours: a zombie would clean away what its heir has made."""
        if kind.on_failure is None:
            return
        await job.check_ours()
        try:
            await kind.on_failure(job, error)
        except DomainError:
            log.exception("cleaning up after operation %s failed", job.operation.id)
        except LeaseLost:
            raise
        except Exception:
            if job.operation.attempts <= job.operation.max_attempts + CLEAN_UP_TRIES:
                raise  # it is resumed when its lease lapses; but not for ever
            log.exception("cleaning up after operation %s failed for good", job.operation.id)

    async def _listen(self) -> None:
        """Wake at once when a job was queued, here or elsewhere; polling covers a bus that is away."""
        while True:
            with suppress(Unavailable):
                async with self._ports.bus.subscribe([WAKE_JOBS]) as messages:
                    async for _ in messages:
                        self._wake.set()
            await asyncio.sleep(POLL_S)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._ports.limits.operation_lease_s / 3)
            try:
                await self._keep_leases()
            except Exception:
                # The next beat may still be in time; without a heart every job here would lapse and run twice.
                log.exception("the leases of running operations could not be prolonged")

    async def _keep_leases(self) -> None:
        held = set(self._running)
        for lost in held - await extend(self._ports, self._name, held) if held else ():
            if task := self._running.get(lost):
                task.cancel()


def is_passing(fault: Exception) -> bool:
    """Whether a fault is of the database's moment (away, locked), not of the job."""
    away = (OperationalError, DBConnectionError, TransactionManagementError, ConnectionError, TimeoutError)
    return isinstance(fault, away) and not isinstance(fault, IntegrityError)
