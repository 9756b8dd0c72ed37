"""Texts from outside as both databases can keep them: without NUL and without halves of surrogate pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.errors import InvalidInput

LONGEST_REASON = 255
LARGEST_INTEGER = 2**63 - 1


def plain_text(text: str, longest: int = LONGEST_REASON) -> str:
    """What an engine or a client said, made fit for a column: unkeepable characters replaced, the rest cut off."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:longest]


def can_be_kept(value: Any) -> bool:
    """Whether a text, or every text inside a JSON value, can be stored; also whether it can be asked for."""
    if isinstance(value, str):
        return "\0" not in value and value.encode("utf-8", "ignore").decode() == value
    if isinstance(value, Mapping):
        return all(can_be_kept(name) and can_be_kept(item) for name, item in value.items())
    if isinstance(value, list | tuple):
        return all(can_be_kept(item) for item in value)
    return True


def check_kept(value: Any, field: str, longest: int | None = None) -> None:
    """InvalidInput when a text (or a JSON value's texts) cannot be stored, or a text is longer than its column."""
    if not can_be_kept(value):
        raise InvalidInput(f"{field} has characters that cannot be kept.", field=field)
    if longest is not None and isinstance(value, str) and len(value) > longest:
        raise InvalidInput(f"{field} has at most {longest} characters.", field=field, limit=longest)
