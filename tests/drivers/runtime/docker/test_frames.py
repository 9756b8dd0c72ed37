from __future__ import annotations

from drivers.runtime.docker.frames import Frames

BYTES = b"\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\0\2\0\0\0\0\0\0\5error"


def test_frames_are_cut_from_any_pieces() -> None:
    expected = [("stdout", b"out"), ("stderr", b""), ("stderr", b"error")]
    for size in range(1, len(BYTES) + 1):
        frames = Frames()
        pieces = [BYTES[start : start + size] for start in range(0, len(BYTES), size)]
        assert [frame for piece in pieces for frame in frames.feed(piece)] == expected


def test_a_frame_that_is_not_whole_waits() -> None:
    frames = Frames()
    assert list(frames.feed(BYTES[:9])) == []
    assert list(frames.feed(BYTES[9:11])) == [("stdout", b"out")]
