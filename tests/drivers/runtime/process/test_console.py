"""The terminal of a sandboxed instance."""

from __future__ import annotations

import asyncio

import pytest

from domain.errors import Unavailable
from domain.ports.runtime import RuntimeState
from drivers.runtime.process import ProcessRuntime
from tests.drivers.runtime.process.conftest import printed, run_script
from tests.drivers.runtime.waiting import next_of, output_until, seen_in_log


async def test_what_is_typed_reaches_the_program(sandboxed: ProcessRuntime) -> None:
    instance_id = await run_script(sandboxed, 'echo ready; read -r name; echo "hello $name"')
    async with sandboxed.console(instance_id) as console:
        await console.write(b"world\n")
        await output_until(aiter(console), b"hello world")
    assert (await printed(sandboxed, instance_id))[-1] == "hello world"


async def test_the_program_sees_the_size_of_the_terminal(sandboxed: ProcessRuntime) -> None:
    instance_id = await run_script(sandboxed, "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done")
    await seen_in_log(sandboxed, instance_id, "ready")
    async with sandboxed.console(instance_id, columns=100, rows=30) as console:
        await output_until(aiter(console), b"30 100")
        await console.resize(120, 40)
        await output_until(aiter(console), b"40 120")


async def test_control_c_interrupts_the_program(sandboxed: ProcessRuntime) -> None:
    instance_id = await run_script(sandboxed, "trap 'echo interrupted; exit 9' INT; echo ready; sleep 600")
    await seen_in_log(sandboxed, instance_id, "ready")
    async with sandboxed.console(instance_id) as console:
        await console.write(b"\x03")
        await output_until(aiter(console), b"interrupted")
    assert (await printed(sandboxed, instance_id))[-1].endswith("interrupted")


async def test_a_shell_on_the_terminal_has_job_control(sandboxed: ProcessRuntime) -> None:
    instance_id = await run_script(sandboxed, "exec sh -i")
    async with sandboxed.console(instance_id) as console:
        await console.write(b"sleep 600 & jobs; echo do''ne\n")
        output = await output_until(aiter(console), b"done\r\n")
        assert b"Running" in output
        assert b"can't access tty" not in output


async def test_a_console_that_is_not_read_is_closed_and_the_instance_goes_on(sandboxed: ProcessRuntime) -> None:
    line = "x" * 1000
    instance_id = await run_script(
        sandboxed, f"echo ready; read -r go; for n in $(seq 20000); do echo {line}; done; echo complete; exec sleep 600"
    )
    async with sandboxed.console(instance_id) as console:
        await console.write(b"go\n")
        await seen_in_log(sandboxed, instance_id, "complete")
        with pytest.raises(Unavailable):
            async for _ in console:
                pass
    observed = await sandboxed.inspect(instance_id)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING


async def test_typing_much_waits_until_the_program_reads(sandboxed: ProcessRuntime) -> None:
    """A terminal takes 4 KiB a line; the rest waits, and nobody else is held up."""
    instance_id = await run_script(sandboxed, "stty -echo -icanon; echo ready; read -r go; head -c 300000 | wc -c")
    await seen_in_log(sandboxed, instance_id, "ready")
    async with sandboxed.console(instance_id) as console:
        typing = asyncio.create_task(console.write(b"go\n" + b"y" * 300_000))
        output = await output_until(aiter(console), b"300000")
        await typing
    assert b"300000" in output


async def test_giving_up_waiting_for_output_loses_none(sandboxed: ProcessRuntime) -> None:
    instance_id = await run_script(sandboxed, "stty -echo; echo ready; while read -r line; do echo [$line]; done")
    await seen_in_log(sandboxed, instance_id, "ready")
    async with sandboxed.console(instance_id) as console:
        for word in (b"one", b"two"):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(aiter(console)), 0.05)
            await console.write(word + b"\n")
            assert await output_until(aiter(console), b"\n") == b"[" + word + b"]\r\n"


async def test_closing_the_driver_ends_every_stream_and_no_instance(sandboxed: ProcessRuntime) -> None:
    instance_id = await run_script(sandboxed, "echo ready; exec sleep 600")
    await seen_in_log(sandboxed, instance_id, "ready")
    async with (
        sandboxed.console(instance_id) as console,
        sandboxed.logs(instance_id, tail=0, follow=True) as lines,
        sandboxed.stats(instance_id, 600) as samples,
        sandboxed.events() as events,
    ):
        waiting = [asyncio.ensure_future(anext(aiter(stream))) for stream in (console, lines, samples, events)]
        await asyncio.sleep(0)
        await sandboxed.close()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ended] == [StopAsyncIteration] * 4
    observed = await sandboxed.inspect(instance_id)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING


async def test_what_was_printed_before_is_not_shown_again(sandboxed: ProcessRuntime) -> None:
    instance_id = await run_script(sandboxed, "stty -echo; echo old; read -r go; echo new")
    await seen_in_log(sandboxed, instance_id, "old")
    async with sandboxed.console(instance_id) as console:
        await console.write(b"go\n")
        assert (await next_of(aiter(console))).strip() == b"new"
