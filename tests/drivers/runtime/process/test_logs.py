"""The log on disk: rotation, odd lines, two streams."""

from __future__ import annotations

from pathlib import Path

from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.logs import open_log
from drivers.runtime.process.supervise.logfile import LINE_BYTES, LineSplitter, LogFile, segment_numbers, segment_path
from tests.drivers.runtime.process.conftest import ENGINE, opened, printed, run_script


async def test_stdout_and_stderr_are_told_apart_without_a_terminal(plain: ProcessRuntime) -> None:
    instance_id = await run_script(plain, "echo out; echo err >&2")
    async with plain.logs(instance_id, follow=True) as lines:
        assert {(line.stream, line.text) async for line in lines} == {("stdout", "out"), ("stderr", "err")}


async def test_with_a_terminal_there_is_one_stream(sandboxed: ProcessRuntime) -> None:
    instance_id = await run_script(sandboxed, "test -t 0 && test -t 1 && test -t 2 && echo out; echo err >&2")
    async with sandboxed.logs(instance_id, follow=True) as lines:
        assert [(line.stream, line.text) async for line in lines] == [("console", "out"), ("console", "err")]


async def test_odd_lines_are_kept_as_well_as_can_be(runtime: ProcessRuntime) -> None:
    script = r"""printf 'a\377b\n'; printf '\n'; printf 'tab\there\n'; printf '{"json": 1}\n'; printf 'no end'"""
    instance_id = await run_script(runtime, script)
    assert await printed(runtime, instance_id) == ["a\ufffdb", "", "tab\there", '{"json": 1}', "no end"]


async def test_a_very_long_line_comes_in_pieces(runtime: ProcessRuntime) -> None:
    instance_id = await run_script(runtime, f"head -c {LINE_BYTES * 2 + 10} /dev/zero | tr '\\0' x; echo; echo after")
    lines = await printed(runtime, instance_id)
    assert [len(line) for line in lines] == [LINE_BYTES, LINE_BYTES, 10, 5]


async def test_what_was_rotated_away_is_not_recovered(root: Path) -> None:
    small = ProcessRuntime(ENGINE, root=root, sandbox=False, log_segment_bytes=2000, log_segments=3)
    async with opened(small) as runtime:
        script = "for n in $(seq 1000); do echo line $n; done"
        instance_id = await run_script(runtime, f"echo first; sleep 0.2; {script}")
        async with runtime.logs(instance_id, follow=True) as lines:
            early = await anext(aiter(lines))
            everything = [line async for line in lines]
        assert early.text == "first"
        assert len(segment_numbers(str(root / str(instance_id) / "log"))) == 3
        async with runtime.logs(instance_id, after=early.cursor) as lines:
            assert lines.recovered is False
            rest = [line.text async for line in lines]
        assert rest == [line.text for line in everything][-len(rest) :]
        assert 10 < len(rest) < 1000
        async with runtime.logs(instance_id, after=everything[-5].cursor) as lines:
            assert lines.recovered is True
            assert [line.text async for line in lines] == ["line 997", "line 998", "line 999", "line 1000"]
        async with runtime.logs(instance_id, tail=50) as lines:
            assert [line.text async for line in lines] == [f"line {number}" for number in range(951, 1001)]


async def test_a_cursor_of_a_former_life_is_not_recovered(plain: ProcessRuntime) -> None:
    instance_id = await run_script(plain, "echo one; echo two")
    assert await printed(plain, instance_id) == ["one", "two"]
    async with plain.logs(instance_id) as lines:
        cursor = (await anext(aiter(lines))).cursor
    number, offset = (int(part) for part in cursor.split("-"))
    for strange in (f"{number + 1}-0", f"{number}-{offset + 1}", f"{number}-999999", f"{number - 1}-{offset}"):
        async with plain.logs(instance_id, after=strange) as lines:
            assert lines.recovered is False
            assert [line.text async for line in lines] == ["one", "two"]


async def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    folder = str(tmp_path)
    log = LogFile(folder, 1000, 5)
    log.write("stdout", [b"before"])
    log.close()
    (number,) = segment_numbers(folder)
    _tear(segment_path(folder, number))
    log = LogFile(folder, 1000, 5)
    log.write("stdout", [b"after"])
    log.close()
    assert [line.text async for line in open_log(folder, None, None, None)] == ["before", "after"]
    assert [line.text async for line in open_log(folder, 1, None, None)] == ["after"]


def _tear(path: str) -> None:
    with open(path, "ab") as file:
        file.write(b'not json\n{"t": 1.0, "s": "stdo')


def test_lines_lost_for_want_of_space_are_counted(tmp_path: Path) -> None:
    folder = str(tmp_path)
    Path(segment_path(folder, 7)).symlink_to("/dev/full")
    log = LogFile(folder, 1000, 5)
    log.write("stdout", [b"lost", b"lost too"])
    Path(segment_path(folder, 7)).unlink()
    log.write("stdout", [b"still full"])
    log.close()
    log = LogFile(folder, 1000, 5)
    log.write("stdout", [b"room again"])
    log.close()
    assert "room again" in Path(segment_path(folder, segment_numbers(folder)[-1])).read_text()


def test_a_cut_does_not_tear_a_character() -> None:
    lines = LineSplitter().feed(("x" * (LINE_BYTES - 1) + "ä" * 10 + "\r\n").encode())
    assert [line.decode() for line in lines] == ["x" * (LINE_BYTES - 1), "ä" * 10]


def test_a_line_without_end_is_not_held_for_ever() -> None:
    splitter = LineSplitter()
    assert sum(len(line) for line in splitter.feed(b"x" * (LINE_BYTES * 3))) >= LINE_BYTES * 2
    assert splitter.finish()
    assert splitter.finish() == []
