"""How rooms say what their endpoints answer: data(…), page(…), NOTHING, raw(…)."""

from __future__ import annotations

from typing import Any

from rest_compat._kit import Answer
from rest_compat.cloudillo.schemas.envelope import Envelope, ListEnvelope


def data(shape: Any, meaning: str, status: int = 200) -> Answer:
    """One value in the envelope."""
    return Answer(status, meaning, shape=Envelope[shape])


def page(item: Any, meaning: str) -> Answer:
    """A list in the envelope, with its pagination; handlers return CursorPage or OffsetPage."""
    return Answer(200, meaning, shape=ListEnvelope[list[item]])


def nothing(meaning: str, status: int = 200) -> Answer:
    """A void result: data is null; handlers return None."""
    return Answer(status, meaning, shape=Envelope[None])


def raw(meaning: str, media: str = "application/octet-stream") -> Answer:
    """Bytes without an envelope; handlers return a Starlette response."""
    return Answer(200, meaning, shape=bytes, media=media)
