from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import docker
import pytest

from domain.limits import MIB
from domain.ports.runtime import RuntimeState
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.names import container_name
from drivers.runtime.docker.observe import moment, observed, since_epoch_ns, state_of
from tests.drivers.runtime.docker.conftest import Run, Specify


def _container(**said: Any) -> dict[str, Any]:
    plain = {"Status": "exited", "ExitCode": 0, "OOMKilled": False, "Error": "", "StartedAt": "0001-01-01T00:00:00Z"}
    return {"Id": "c0ffee", "State": {**plain, **said}}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("created", RuntimeState.CREATED),
        ("running", RuntimeState.RUNNING),
        ("restarting", RuntimeState.RUNNING),
        ("paused", RuntimeState.PAUSED),
        ("exited", RuntimeState.STOPPED),
        ("removing", RuntimeState.STOPPED),
        ("dead", RuntimeState.STOPPED),
    ],
)
def test_every_status_of_the_engine_has_a_state(status: str, state: RuntimeState) -> None:
    assert state_of(_container(Status=status)) is state


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"OOMKilled": True, "ExitCode": 137}, True),
        ({"OOMKilled": True, "ExitCode": 1}, True),
        ({"OOMKilled": True, "ExitCode": 0}, False),
        ({"OOMKilled": True, "ExitCode": 143}, False),
        ({"OOMKilled": True, "Status": "running"}, False),
        ({"OOMKilled": False, "ExitCode": 137}, False),
    ],
)
def test_out_of_memory_is_told_of_an_end_that_it_caused(said: dict[str, Any], expected: bool) -> None:
    assert observed(uuid4(), _container(**said)).out_of_memory is expected


def test_an_exit_code_belongs_to_an_end() -> None:
    assert observed(uuid4(), _container(Status="created", ExitCode=128)).exit_code is None
    assert observed(uuid4(), _container(ExitCode=3)).exit_code == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0001-01-01T00:00:00Z", None),
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00.5Z", datetime(2026, 11, 20, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-20T12:00:00.123456789+02:00", datetime(2026, 11, 20, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("yesterday", None),
    ],
)
def test_a_time_stamp_becomes_a_moment(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_nanoseconds_are_exact() -> None:
    assert since_epoch_ns("2026-11-20T10:00:00.123456789Z") == 1_795_168_800_123_456_789


@pytest.mark.docker
async def test_running_out_of_memory_is_seen(runtime: DockerRuntime, run: Run) -> None:
    async with runtime.events() as events:
        spec = await run("x=aaaaaaaa; while :; do x=$x$x; done", memory_bytes=16 * MIB)
        async for event in events:
            if event.kind == "die":
                break
    ended = await runtime.inspect(spec.instance_id)
    assert ended is not None
    assert (ended.state, ended.out_of_memory) == (RuntimeState.STOPPED, True)


@pytest.mark.docker
async def test_a_container_killed_from_outside_is_seen_as_stopped(
    runtime: DockerRuntime, run: Run, sdk: docker.APIClient
) -> None:
    spec = await run(("sleep", "100"))
    sdk.kill(container_name(spec.instance_id))
    ended = await runtime.inspect(spec.instance_id)
    assert ended is not None
    assert (ended.state, ended.exit_code, ended.out_of_memory) == (RuntimeState.STOPPED, 137, False)


@pytest.mark.docker
async def test_the_list_holds_all_of_ours(runtime: DockerRuntime, run: Run, specify: Specify) -> None:
    assert await runtime.list_instances() == []
    running, waiting = await run(("sleep", "100")), specify()
    await runtime.create(waiting)
    states = {item.instance_id: item.state for item in await runtime.list_instances()}
    assert states == {running.instance_id: RuntimeState.RUNNING, waiting.instance_id: RuntimeState.CREATED}
    assert await runtime.inspect(uuid4()) is None
