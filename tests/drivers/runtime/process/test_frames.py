"""Frames of the control socket."""

from __future__ import annotations

import pytest

from drivers.runtime.process.supervise.frames import MAX_PAYLOAD_BYTES, MESSAGE, OUTPUT, Unpacker, pack, pack_message
from drivers.runtime.process.supervise.peers import read_message


def test_frames_come_out_as_they_went_in_however_they_are_cut() -> None:
    frames = [(OUTPUT, b""), (OUTPUT, bytes(range(256))), (MESSAGE, b'{"a": 1}')]
    stream = b"".join(pack(kind, payload) for kind, payload in frames)
    for size in (1, 3, 7, len(stream)):
        unpacker = Unpacker()
        out = [frame for start in range(0, len(stream), size) for frame in unpacker.feed(stream[start : start + size])]
        assert out == frames


def test_a_frame_without_measure_is_refused() -> None:
    Unpacker().feed(pack(OUTPUT, bytes(MAX_PAYLOAD_BYTES)))
    with pytest.raises(ValueError, match="too long"):
        Unpacker().feed(b"\x02\xff\xff\xff\xff")


@pytest.mark.parametrize("payload", [b"", b"[]", b"1", b"\xff", b"{"])
def test_only_an_object_is_a_message(payload: bytes) -> None:
    assert read_message(payload) is None


def test_a_message_is_an_object() -> None:
    ((kind, payload),) = Unpacker().feed(pack_message({"do": "stop", "grace_s": 1.5}))
    assert (kind, read_message(payload)) == (MESSAGE, {"do": "stop", "grace_s": 1.5})
