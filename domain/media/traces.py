"""Whether bytes that no decoder of ours reads may say where or with what a picture was taken."""

from __future__ import annotations

from collections.abc import AsyncIterator

MARKS = (b"Exif", b"eXIf", b"exif", b"ns.adobe.com/xap", b"<x:xmpmeta", b"GPSLatitude")
_LONGEST = max(map(len, MARKS))


async def bears_traces(content_type: str, chunks: AsyncIterator[bytes]) -> bool:
    """True for TIFF, whose very form is such notes, and wherever a mark of EXIF or XMP is found. Read to the first."""
    if content_type == "image/tiff":
        return True
    tail = b""
    async for chunk in chunks:
        window = tail + chunk
        if any(mark in window for mark in MARKS):
            return True
        tail = window[1 - _LONGEST :]
    return False
