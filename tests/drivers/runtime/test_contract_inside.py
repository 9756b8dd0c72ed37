"""What every runtime driver promises: commands and terminals inside an instance, where it can do that."""

from __future__ import annotations

import asyncio
import time

import pytest

from domain.errors import Conflict, InvalidInput, Unavailable, Unsupported
from domain.ports.runtime import Capability, Runtime
from tests.drivers.runtime.bench import Bench
from tests.drivers.runtime.conftest import RunParrot
from tests.drivers.runtime.waiting import ends, output_until


@pytest.fixture
def with_exec(runtime: Runtime) -> Runtime:
    if Capability.EXEC not in runtime.capabilities:
        pytest.skip("this driver runs no commands inside")
    return runtime


@pytest.fixture
def with_console(runtime: Runtime) -> Runtime:
    if Capability.CONSOLE not in runtime.capabilities:
        pytest.skip("this driver has no console")
    return runtime


async def test_what_it_cannot_do_is_unsupported(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    if Capability.EXEC not in runtime.capabilities:
        with pytest.raises(Unsupported):
            await runtime.run_command(parrot, ("echo", "hello"))
    if Capability.CONSOLE not in runtime.capabilities:
        with pytest.raises(Unsupported):
            await runtime.console(parrot).__aenter__()


async def test_a_command_prints_and_ends(with_exec: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    result = await with_exec.run_command(parrot, ("echo", "hello", "ä ✓"))
    assert (result.exit_code, result.stdout, result.stderr, result.truncated) == (0, "hello ä ✓\n", "", False)
    assert (await with_exec.run_command(parrot, ("true",))).exit_code == 0
    assert (await with_exec.run_command(parrot, ("false",))).exit_code == 1


async def test_a_command_that_is_not_there_ends_with_127(with_exec: Runtime, run_parrot: RunParrot) -> None:
    result = await with_exec.run_command(await run_parrot(), ("no-such-command",))
    assert result.exit_code == 127
    assert result.stderr


async def test_a_command_must_be_named(with_exec: Runtime, run_parrot: RunParrot) -> None:
    with pytest.raises(InvalidInput):
        await with_exec.run_command(await run_parrot(), ())


async def test_too_much_output_is_cut_and_it_says_so(with_exec: Runtime, run_parrot: RunParrot) -> None:
    result = await with_exec.run_command(await run_parrot(), ("echo", "0123456789"), max_output_bytes=4)
    assert (result.stdout, result.truncated, result.exit_code) == ("0123", True, 0)


async def test_a_command_ends_at_its_time_limit(with_exec: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await with_exec.run_command(parrot, ("sleep", "60"), timeout_s=0.3)
    assert time.monotonic() - began < 10
    assert (await with_exec.run_command(parrot, ("echo", "still here"))).stdout == "still here\n"


async def test_commands_run_side_by_side(with_exec: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    results = await asyncio.gather(*(with_exec.run_command(parrot, ("echo", str(number))) for number in range(5)))
    assert [result.stdout for result in results] == [f"{number}\n" for number in range(5)]


async def test_no_commands_where_nothing_runs(bench: Bench, with_exec: Runtime) -> None:
    spec = bench.make_spec()
    await with_exec.create(spec)
    with pytest.raises(Conflict):
        await with_exec.run_command(spec.instance_id, ("true",))


async def test_a_console_shows_what_is_typed_and_what_is_printed(
    bench: Bench, with_console: Runtime, run_parrot: RunParrot
) -> None:
    parrot = await run_parrot()
    async with with_console.console(parrot, 100, 30) as console:
        await console.write(b"typed\n")
        await output_until(aiter(console), b"typed")
        await console.resize(120, 40)
        await console.write(b"more\n")
        await output_until(aiter(console), b"more")


async def test_everyone_attached_sees_the_same(with_console: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    async with with_console.console(parrot) as first, with_console.console(parrot) as second:
        await first.write(b"together\n")
        await output_until(aiter(first), b"together")
        await output_until(aiter(second), b"together")


async def test_a_console_ends_with_the_instance(with_console: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    async with with_console.console(parrot) as console:
        await with_console.kill(parrot)
        await ends(aiter(console))
        with pytest.raises(Conflict):
            for _ in range(100):
                await console.write(b"anybody there?\n")


async def test_closing_a_console_leaves_the_instance_alone(
    bench: Bench, with_console: Runtime, run_parrot: RunParrot
) -> None:
    parrot = await run_parrot()
    before = await with_console.inspect(parrot)
    async with with_console.console(parrot):
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert await with_console.inspect(parrot) == before


async def test_no_console_where_nothing_runs(bench: Bench, with_console: Runtime) -> None:
    spec = bench.make_spec()
    await with_console.create(spec)
    with pytest.raises(Conflict):
        await with_console.console(spec.instance_id).__aenter__()
