"""The trash."""

from __future__ import annotations

from msgspec import Struct


class EmptiedOut(Struct, kw_only=True):
    """How many files are gone for good. The name is snake_case, as the clients' decoder wants it."""

    deleted_count: int
