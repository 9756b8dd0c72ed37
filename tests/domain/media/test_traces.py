"""Traces of cameras in bytes that nobody decodes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from domain.media.traces import MARKS, bears_traces


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("mark", MARKS)
async def test_a_mark_is_found_also_over_the_edges_of_chunks(mark: bytes) -> None:
    content = b"\xff" * 50 + mark + b"\0" * 50
    assert await bears_traces("image/jpeg", chunks(content))
    assert await bears_traces("image/jpeg", chunks(*(bytes([byte]) for byte in content)))


async def test_bytes_without_a_mark_tell_nothing() -> None:
    assert not await bears_traces("image/jpeg", chunks(b"\xff\xd8", b"Exi", b"?f", b"GPS"))


async def test_a_tiff_is_taken_to_tell() -> None:
    assert await bears_traces("image/tiff", chunks(b"II*\0"))
