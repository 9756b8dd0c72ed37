from __future__ import annotations

import asyncio

import pytest

from domain.errors import Conflict, NotFound, Unavailable
from domain.ports.runtime import Console, RuntimeState
from drivers.runtime.docker import DockerRuntime
from tests.drivers.runtime.docker.conftest import Run, Specify, logged, shell

pytestmark = pytest.mark.docker


async def _read_until(console: Console, text: bytes) -> bytes:
    seen = b""
    async with asyncio.timeout(10):
        async for piece in console:
            seen += piece
            if text in seen:
                return seen
    raise AssertionError(f"the console ended after {seen!r}")


async def test_what_is_typed_is_echoed_and_answered(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sh",))
    async with runtime.console(spec.instance_id) as console:
        await console.write(b"echo $((6*7))\n")
        seen = await _read_until(console, b"42\r\n")
    assert b"echo $((6*7))" in seen


async def test_the_size_is_set_and_can_change(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sh",))
    async with runtime.console(spec.instance_id, columns=101, rows=33) as console:
        await console.write(b"stty size\n")
        await _read_until(console, b"33 101")
        await console.resize(55, 44)
        await console.write(b"stty size\n")
        await _read_until(console, b"44 55")


async def test_many_can_watch_and_leaving_does_not_end_it(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sh",))
    async with runtime.console(spec.instance_id) as one:
        async with runtime.console(spec.instance_id) as two:
            await two.write(b"echo he''llo\n")
            await _read_until(one, b"hello")
            await _read_until(two, b"hello")
        await one.write(b"echo still'' here\n")
        await _read_until(one, b"still here")
    async with runtime.console(spec.instance_id) as three:
        await three.write(b"echo a''gain\n")
        await _read_until(three, b"again")


async def test_control_keys_reach_the_instance(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("trap 'echo interrupted' INT; echo ready; while :; do read x && echo read $x; done")
    await logged(runtime, spec.instance_id, "ready")
    async with runtime.console(spec.instance_id) as console:
        await console.write(b"\x10\x11\n")
        await _read_until(console, b"read")
        await console.write(b"\x03")
        await _read_until(console, b"interrupted")


async def test_it_ends_when_the_instance_stops(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sh",))
    async with asyncio.timeout(10), runtime.console(spec.instance_id) as console:
        await console.write(b"exit\n")
        async for _ in console:
            pass
        with pytest.raises(Conflict, match="not running"):
            await console.write(b"too late\n")


async def test_what_does_not_run_has_no_console(runtime: DockerRuntime, specify: Specify) -> None:
    spec = specify()
    with pytest.raises(NotFound):
        async with runtime.console(spec.instance_id):
            pass
    await runtime.create(spec)
    with pytest.raises(Conflict, match="not running"):
        async with runtime.console(spec.instance_id):
            pass


async def test_closing_does_not_wait_for_output(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    async with asyncio.timeout(5):
        async with runtime.console(spec.instance_id) as console:
            waiting = asyncio.ensure_future(anext(aiter(console)))
            await asyncio.wait([waiting], timeout=0.1)
        with pytest.raises(StopAsyncIteration):
            await waiting


async def test_who_does_not_read_is_cut_off_and_holds_nobody_up(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("read x; head -c 4000000 /dev/zero | tr '\\0' '\\n'; echo > /written; sleep 100")
    async with asyncio.timeout(30), runtime.console(spec.instance_id) as console:
        await console.write(b"go\n")
        await shell(runtime, spec.instance_id, "until [ -e /written ]; do sleep 0.1; done")
        with pytest.raises(Unavailable, match="not read fast enough"):
            async for _ in console:
                pass
    observed = await runtime.inspect(spec.instance_id)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING
