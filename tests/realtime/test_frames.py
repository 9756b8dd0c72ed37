"""Server frames: the head says what and how long, and many sockets share one."""

from __future__ import annotations

import pytest

from realtime.frames import SharedFrame, shared, wire_of


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, "8200"),
        (125, "827d"),
        (126, "827e007e"),
        (65_535, "827effff"),
        (65_536, "827f0000000000010000"),
    ],
)
def test_the_length_takes_one_three_or_nine_bytes(size: int, head: str) -> None:
    data = b"x" * size
    assert wire_of(data) == bytes.fromhex(head) + data
    assert SharedFrame(data).wire == wire_of(data)
    assert SharedFrame(data).size_bytes == size


def test_text_is_utf8() -> None:
    assert wire_of("ö") == b"\x81\x02\xc3\xb6"
    assert SharedFrame("ö").size_bytes == 2


def test_what_is_shared_stays_what_it_is() -> None:
    frame = SharedFrame("a")
    assert shared(frame) is frame
    assert wire_of(frame) is frame.wire
    assert shared("a").payload == "a"
