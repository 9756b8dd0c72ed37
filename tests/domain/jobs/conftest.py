"""Queue, worker and relay, driven step by step on a clock that stands still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.access import Actor
from domain.jobs.job import Job, JobKind
from domain.jobs.worker import Worker
from domain.models import Operation
from domain.ports import Ports
from domain.unit import unit_of_work

Enqueue = Callable[..., Awaitable[Operation]]


@pytest.fixture
def enqueue(ports: Ports) -> Enqueue:
    """Queue an operation without an instance."""

    async def queue(kind: str = "test", **how: Any) -> Operation:
        async with unit_of_work(ports) as unit:
            return await unit.enqueue(kind, Actor.system(), **how)

    return queue


class Jobs:
    """A kind of job that records what happened to it and does what the test says."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.failures: list[str] = []
        self.outcomes: list[str] = []
        self.act: Callable[[Job], Awaitable[dict[str, Any] | None]] | None = None

    async def run(self, job: Job) -> dict[str, Any] | None:
        self.runs.append(str(job.operation.id))
        return await self.act(job) if self.act else None

    async def fail(self, job: Job, error: Exception) -> None:
        self.failures.append(str(error))

    @property
    def kinds(self) -> dict[str, JobKind]:
        return {"test": JobKind(self.run, self.fail)}

    def worker(self, ports: Ports, name: str = "host:1:1", **how: Any) -> Worker:
        return Worker(ports, name, self.kinds, on_result=lambda kind, outcome: self.outcomes.append(outcome), **how)


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()
