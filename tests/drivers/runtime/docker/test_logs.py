from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from domain.errors import InvalidInput, NotFound
from domain.ports.runtime import Console, LogLine, NodeEngine
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.log_lines import parse_cursor
from tests.drivers.runtime.docker.conftest import Run, Specify, logged

pytestmark = pytest.mark.docker

COUNT = "i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo line $i; done"
ALL = [f"line {number}" for number in range(1, 501)]


async def _ended(runtime: DockerRuntime, instance_id: UUID) -> None:
    async with runtime.logs(instance_id, follow=True) as lines:
        async for _ in lines:
            pass


async def _read(
    runtime: DockerRuntime, instance_id: UUID, tail: int | None = None, after: str | None = None
) -> list[LogLine]:
    async with runtime.logs(instance_id, tail=tail, after=after) as lines:
        return [line async for line in lines]


def _texts(lines: list[LogLine]) -> list[str]:
    return [line.text for line in lines]


async def test_all_lines_and_the_last_ones(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(COUNT)
    await _ended(runtime, spec.instance_id)
    everything = await _read(runtime, spec.instance_id)
    assert _texts(everything) == ALL
    assert {line.stream for line in everything} == {"console"}
    assert len({line.cursor for line in everything}) == 500
    assert everything == sorted(everything, key=lambda line: parse_cursor(line.cursor))
    for tail in (0, 1, 2, 499, 500, 501, 10_000):
        assert await _read(runtime, spec.instance_id, tail) == everything[max(500 - tail, 0) :], tail


async def test_a_cursor_from_anywhere_resumes_exactly(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(COUNT)
    await _ended(runtime, spec.instance_id)
    everything = await _read(runtime, spec.instance_id)
    for position in (0, 1, 250, 498, 499):
        async with runtime.logs(spec.instance_id, after=everything[position].cursor) as lines:
            assert lines.recovered is True
            assert [line async for line in lines] == everything[position + 1 :]


async def test_without_a_cursor_nothing_was_to_recover(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("echo one")
    async with runtime.logs(spec.instance_id, tail=5) as lines:
        assert lines.recovered is None


async def test_a_cursor_older_than_the_log_is_told(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(COUNT)
    await _ended(runtime, spec.instance_id)
    old = (await _read(runtime, spec.instance_id))[100].cursor
    await runtime.destroy(spec.instance_id)
    await run("echo new", instance_id=spec.instance_id)
    await _ended(runtime, spec.instance_id)
    async with runtime.logs(spec.instance_id, after=old) as lines:
        assert lines.recovered is False
        assert _texts([line async for line in lines]) == ["new"]


async def test_a_rotated_log_is_told(runtime: DockerRuntime, run: Run) -> None:
    """Three files of 10 MB are kept: 40 MB push the first line out."""
    spec = await run(
        "echo first; read x; yes 0123456789012345678901234567890123456789 | head -c 40000000; echo; echo last"
    )
    async with runtime.logs(spec.instance_id, follow=True) as lines:
        first = await anext(aiter(lines))
    async with runtime.console(spec.instance_id) as console:
        await console.write(b"go\n")
        async for _ in console:
            pass
    async with runtime.logs(spec.instance_id, after=first.cursor) as lines:
        assert lines.recovered is False
        assert (await anext(aiter(lines))).text == "0123456789" * 4
    assert _texts(await _read(runtime, spec.instance_id, 1)) == ["last"]


async def test_following_gives_each_line_once(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("stty -echo; echo ready; while read word; do echo said $word; [ $word = 300 ] && exit; done")
    await logged(runtime, spec.instance_id, "ready")
    entered = asyncio.Event()

    async def follow() -> list[str]:
        async with runtime.logs(spec.instance_id, tail=0, follow=True) as lines:
            entered.set()
            return [line.text async for line in lines]

    async with asyncio.timeout(30), runtime.console(spec.instance_id) as console:
        following: asyncio.Task[list[str]] | None = None
        for number in range(301):
            await console.write(b"%d\n" % number)
            if number % 10 == 0:
                await _seen(console, f"said {number}\r")
            if number == 50:
                following = asyncio.create_task(follow())
                await entered.wait()
        assert following is not None
        texts = await following
    assert len(texts) >= 250
    assert texts == [f"said {number}" for number in range(301)][-len(texts) :]


async def _type(runtime: DockerRuntime, instance_id: UUID) -> None:
    async with runtime.console(instance_id) as console:
        await console.write(b"go\n")


async def _seen(console: Console, text: str) -> None:
    seen = b""
    async for piece in console:
        seen += piece
        if text.encode() in seen:
            return


async def test_following_from_a_cursor_misses_nothing(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(f"read x; {COUNT}")
    await _type(runtime, spec.instance_id)
    seen: list[LogLine] = []
    async with asyncio.timeout(30), runtime.logs(spec.instance_id, follow=True) as lines:
        async for line in lines:
            seen.append(line)
            if line.text == "line 17":
                break
    async with asyncio.timeout(30), runtime.logs(spec.instance_id, after=seen[-1].cursor, follow=True) as lines:
        assert lines.recovered is True
        seen += [line async for line in lines]
    assert _texts(seen)[-500:] == ALL


async def test_a_tail_then_what_comes(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("echo a; echo b; echo c; read x; echo d")
    async with asyncio.timeout(30), runtime.logs(spec.instance_id, follow=True) as lines:
        async for line in lines:
            if line.text == "c":
                break
    async with asyncio.timeout(30), runtime.logs(spec.instance_id, tail=2, follow=True) as lines:
        texts = [(await anext(aiter(lines))).text, (await anext(aiter(lines))).text]
        await _type(runtime, spec.instance_id)
        texts += [line.text async for line in lines]
    assert texts == ["b", "c", "go", "d"]


async def test_following_what_does_not_run_ends(runtime: DockerRuntime, specify: Specify) -> None:
    spec = specify()
    await runtime.create(spec)
    async with asyncio.timeout(10), runtime.logs(spec.instance_id, tail=10, follow=True) as lines:
        assert [line async for line in lines] == []


async def test_following_ends_with_the_instance(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("echo up; sleep 100")
    async with asyncio.timeout(10), runtime.logs(spec.instance_id, follow=True) as lines:
        assert (await anext(aiter(lines))).text == "up"
        await runtime.kill(spec.instance_id)
        assert [line async for line in lines] == []


async def test_a_long_line_is_one_line_and_an_unfinished_one_is_not_lost(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("head -c 40000 /dev/zero | tr '\\0' x; echo; printf unfinished")
    await _ended(runtime, spec.instance_id)
    await runtime.start(spec.instance_id)
    await _ended(runtime, spec.instance_id)
    assert _texts(await _read(runtime, spec.instance_id)) == ["x" * 40_000, "unfinished"] * 2


async def test_long_lines_have_exact_places_too(runtime: DockerRuntime, run: Run) -> None:
    """The engine keeps 600 kB as 37 parts of one time stamp; we give them as three lines."""
    long = "head -c {0} /dev/zero | tr '\\0' {1}; echo"
    spec = await run("; ".join(["echo a", long.format(100_000, "x"), "echo b", long.format(600_000, "y"), "echo c"]))
    await _ended(runtime, spec.instance_id)
    everything = await _read(runtime, spec.instance_id)
    assert [len(line.text) for line in everything] == [1, 100_000, 1, 262_144, 262_144, 75_712, 1]
    assert len({line.cursor for line in everything}) == 7
    for position in range(7):
        assert await _read(runtime, spec.instance_id, tail=7 - position) == everything[position:], position
        after = await _read(runtime, spec.instance_id, after=everything[position].cursor)
        assert after == everything[position + 1 :], position
        async with runtime.logs(spec.instance_id, tail=7 - position, follow=True) as lines:
            assert [line async for line in lines] == everything[position:]


async def test_closing_never_waits_for_a_silent_log(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    async with asyncio.timeout(5):
        async with runtime.logs(spec.instance_id, follow=True) as lines:
            waiting = asyncio.ensure_future(anext(aiter(lines)))
            done, _ = await asyncio.wait([waiting], timeout=0.2)
            assert not done
        with pytest.raises(StopAsyncIteration):
            await waiting


async def test_a_hundred_followers_need_no_threads(
    docker_node: NodeEngine, owner: str, runtime: DockerRuntime, run: Run
) -> None:
    spec = await run("read x; echo heard")
    few = DockerRuntime(docker_node, owner=owner, max_threads=1)

    async def listen() -> str:
        async with few.logs(spec.instance_id, tail=0, follow=True) as lines:
            return [line.text async for line in lines][-1]

    listeners = [asyncio.create_task(listen()) for _ in range(100)]
    done, _ = await asyncio.wait(listeners, timeout=0.5)
    assert not done
    await _type(runtime, spec.instance_id)
    async with asyncio.timeout(20):
        assert await asyncio.gather(*listeners) == ["heard"] * 100
    await few.close()


async def test_what_is_no_cursor_is_refused(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("echo one")
    for wrong in ("", "12", "1.x", "-1.1", "1.1.1"):
        with pytest.raises(InvalidInput):
            async with runtime.logs(spec.instance_id, after=wrong):
                pass


async def test_an_unknown_instance_is_not_found(runtime: DockerRuntime) -> None:
    with pytest.raises(NotFound):
        async with runtime.logs(uuid4()):
            pass
