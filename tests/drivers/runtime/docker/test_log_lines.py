from __future__ import annotations

import pytest

from domain.errors import InvalidInput
from drivers.runtime.docker.errors import EngineFault
from drivers.runtime.docker.log_lines import (
    MAX_LINE_BYTES,
    PART_BYTES,
    Cursor,
    LineAssembler,
    Numbering,
    parse_cursor,
)

T1 = b"2026-11-20T10:00:00.000000001Z"
T2 = b"2026-11-20T10:00:00.000000002Z"


def _assemble(*pieces: bytes) -> list[tuple[bytes, bytes]]:
    assembler = LineAssembler()
    lines = [line for piece in pieces for line in assembler.feed(piece)]
    return lines + assembler.finish()


def test_each_message_is_a_line() -> None:
    assert _assemble(T1 + b" one\r\n", T2 + b" two\n") == [(T1, b"one\r"), (T2, b"two")]


def test_several_messages_in_one_piece_and_a_message_in_many() -> None:
    whole = T1 + b" one\n" + T1 + b" two\n" + T2 + b" three\n"
    expected = [(T1, b"one"), (T1, b"two"), (T2, b"three")]
    assert _assemble(whole) == expected
    for cut in range(1, len(whole)):
        assert _assemble(whole[:cut], whole[cut:]) == expected, cut


def test_parts_of_a_long_line_are_joined() -> None:
    part = b"x" * PART_BYTES
    assert _assemble(T1 + b" " + part, T1 + b" " + part, T1 + b" yy\n") == [(T1, part * 2 + b"yy")]


def test_an_endless_line_is_cut_always_at_the_same_place() -> None:
    part = b"x" * PART_BYTES
    lines = _assemble(*[T1 + b" " + part] * 20, T1 + b" end\n")
    assert [len(text) for _, text in lines] == [MAX_LINE_BYTES, 4 * PART_BYTES + 3]


def test_the_last_line_before_an_exit_needs_no_newline() -> None:
    assert _assemble(T1 + b" unfinished", T2 + b" next\n") == [(T1, b"unfinished"), (T2, b"next")]


def test_a_time_stamp_inside_a_line_is_text() -> None:
    assert _assemble(T1 + b" at " + T2 + b" it began\n") == [(T1, b"at " + T2 + b" it began")]


def test_an_empty_line_is_a_line() -> None:
    assert _assemble(T1 + b" \r\n", T2 + b" \n") == [(T1, b"\r"), (T2, b"")]


def test_what_the_engine_complains_of_is_a_fault() -> None:
    with pytest.raises(EngineFault):
        _assemble(b"Error grabbing logs: unexpected end of input\n")


def test_lines_of_one_time_stamp_are_numbered() -> None:
    numbering = Numbering()
    cursors = [numbering.line("console", stamp, b"x")[0] for stamp in (T1, T1, T2, T2, T2)]
    assert [cursor.ordinal for cursor in cursors] == [1, 2, 1, 2, 3]
    assert cursors == sorted(cursors)


def test_a_line_says_when_and_what() -> None:
    cursor, line = Numbering().line("stderr", T1, b"gr\xfc\xdfe\r")
    assert (line.cursor, line.stream, line.text) == (str(cursor), "stderr", "gr\ufffd\ufffde")
    assert line.at.isoformat() == "2026-11-20T10:00:00+00:00"


def test_a_cursor_is_read_back() -> None:
    cursor = Cursor(1_795_168_800_000_000_001, 3)
    assert parse_cursor(str(cursor)) == cursor
    assert cursor.since == "1795168800.000000001"


@pytest.mark.parametrize("wrong", ["", "1", "1.", ".1", "a.b", "1.1 ", "1.1\n", "-1.1", "٣.1"])
def test_what_is_no_cursor_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput):
        parse_cursor(wrong)
