from __future__ import annotations

import asyncio
from uuid import uuid4

import docker
import pytest

from domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from domain.ports.runtime import CommandResult
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.execution import Output
from tests.drivers.runtime.docker.conftest import Run, shell

pytestmark = pytest.mark.docker


async def test_a_command_tells_both_streams_and_its_exit_code(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    result = await runtime.run_command(spec.instance_id, ("sh", "-c", "echo out; echo err >&2; exit 3"))
    assert result == CommandResult(3, "out\n", "err\n", truncated=False)


async def test_arguments_arrive_as_they_are(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    result = await runtime.run_command(spec.instance_id, ("printf", "%s|", "a b", "$HOME", "", "'\"", "\u00fc"))
    assert result.stdout == "a b|$HOME||'\"|\u00fc|"


async def test_output_beyond_the_limit_is_cut_and_said(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    command = ("sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x; echo late >&2")
    result = await runtime.run_command(spec.instance_id, command, max_output_bytes=1000)
    assert result == CommandResult(0, "x" * 1000, "", truncated=True)


async def test_output_that_just_fits_is_not_cut(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    result = await runtime.run_command(spec.instance_id, ("printf", "12345"), max_output_bytes=5)
    assert result == CommandResult(0, "12345", "", truncated=False)


async def test_what_is_no_text_is_replaced(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    result = await runtime.run_command(spec.instance_id, ("printf", "a\\377b"))
    assert result.stdout == "a\ufffdb"


async def test_a_command_that_does_not_exist_ends_with_127(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    result = await runtime.run_command(spec.instance_id, ("no-such-command",))
    assert result == CommandResult(127, "", "The command does not exist in the image.\n", truncated=False)


async def test_at_the_time_limit_the_command_and_its_children_are_killed(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    stubborn = "trap '' TERM HUP INT; setsid sleep 4321 & sleep 4321; sleep 4321"
    with pytest.raises(Unavailable, match=r"did not end within 0\.5 s and was killed"):
        await runtime.run_command(spec.instance_id, ("sh", "-c", stubborn), timeout_s=0.5)
    assert "4321" not in await shell(runtime, spec.instance_id, "ps | grep -v grep")


async def test_without_a_shell_in_the_image_the_command_is_killed_too(
    runtime: DockerRuntime, run: Run, bare_image: str
) -> None:
    spec = await run(("/busybox", "sleep", "100"), image=bare_image)
    with pytest.raises(Unavailable, match="was killed"):
        await runtime.run_command(spec.instance_id, ("/busybox", "sleep", "4321"), timeout_s=0.5)
    listed = await runtime.run_command(spec.instance_id, ("/busybox", "ps"))
    assert "4321" not in listed.stdout


async def test_a_cancelled_command_is_killed(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    running = asyncio.create_task(runtime.run_command(spec.instance_id, ("sh", "-c", "echo > /ready; sleep 4321")))
    await shell(runtime, spec.instance_id, "until [ -e /ready ]; do :; done")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "4321" not in await shell(runtime, spec.instance_id, "ps | grep -v grep")


async def test_what_does_not_run_runs_no_command(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    await runtime.pause(spec.instance_id)
    with pytest.raises(Conflict, match="paused"):
        await runtime.run_command(spec.instance_id, ("true",))
    await runtime.kill(spec.instance_id)
    with pytest.raises(Conflict, match="not running"):
        await runtime.run_command(spec.instance_id, ("true",))


async def test_a_command_is_named(runtime: DockerRuntime) -> None:
    with pytest.raises(InvalidInput):
        await runtime.run_command(uuid4(), ())
    with pytest.raises(NotFound):
        await runtime.run_command(uuid4(), ("true",))


async def test_the_end_of_the_instance_ends_the_command(
    runtime: DockerRuntime, run: Run, sdk: docker.APIClient
) -> None:
    spec = await run(("sleep", "100"))
    running = asyncio.create_task(runtime.run_command(spec.instance_id, ("sh", "-c", "echo > /ready; sleep 4321")))
    await shell(runtime, spec.instance_id, "until [ -e /ready ]; do :; done")
    await runtime.kill(spec.instance_id)
    async with asyncio.timeout(10):
        assert (await running).exit_code == 137


def test_output_counts_both_streams_together() -> None:
    output = Output(4)
    output.add(b"\1\0\0\0\0\0\0\3abc\2\0\0\0\0\0\0\3def")
    assert (output.text("stdout"), output.text("stderr"), output.truncated) == ("abc", "d", True)
