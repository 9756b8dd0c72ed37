"""Every driver of the runtime port, for the contract suite: a test that takes `bench` runs once per driver.

A new driver adds one Bench class to bench.py and one line to BENCHES; what its engine needs is a mark and a fixture
of tests/engines.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.ports.runtime import Runtime
from tests.drivers.runtime.bench import Bench, DockerBench, MemoryBench, ProcessBench
from tests.drivers.runtime.waiting import seen_in_log

BENCHES = [
    "memory",
    "process",
    pytest.param("sandbox", marks=pytest.mark.bubblewrap),
    pytest.param("docker", marks=pytest.mark.docker),
]
RunParrot = Callable[..., Awaitable[UUID]]


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    made = _make_bench(request, tmp_path / "instances")
    yield made
    await made.close()


def _make_bench(request: pytest.FixtureRequest, folder: Path) -> Bench:
    match request.param:
        case "docker":
            return DockerBench(request.getfixturevalue("docker_engine"), request.getfixturevalue("busybox_image"))
        case "sandbox":
            request.getfixturevalue("bubblewrap")
            return ProcessBench(folder, sandbox=True)
        case "process":
            return ProcessBench(folder, sandbox=False)
    return MemoryBench()


@pytest.fixture
async def runtime(bench: Bench) -> AsyncIterator[Runtime]:
    made = bench.make_runtime()
    yield made
    await made.close()


@pytest.fixture
def run_parrot(bench: Bench, runtime: Runtime) -> RunParrot:
    """Create and start an instance and wait until it is ready; keywords change its spec."""

    async def run(**changes: Any) -> UUID:
        spec = bench.make_spec(**changes)
        await runtime.create(spec)
        await runtime.start(spec.instance_id)
        await seen_in_log(runtime, spec.instance_id, "ready")
        return spec.instance_id

    return run
