"""Conditions and ranges of a download (RFC 9110): what of the bytes is wanted, if anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes *= *(\d{0,19}) *- *(\d{0,19})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """start (included) to end (not included)."""

    start: int
    end: int


class Unsatisfiable(Exception):
    """The range begins after the last byte."""


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match says that the client has it already."""
    tags = [tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")]
    return "*" in tags or etag in tags


def part_of(headers: Mapping[str, str], etag: str, size_bytes: int) -> Part | None:
    """The one range asked for; None: all of it is to be sent, since no range was asked for, or several, or one that
    cannot be read, or one of other bytes than these (If-Range)."""
    if headers.get("if-range", etag) != etag:
        return None
    found = _ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        return _last_bytes(int(last), size_bytes)
    start, end = int(first), size_bytes if last == "" else min(int(last) + 1, size_bytes)
    if last != "" and int(last) < start:
        return None
    if start >= size_bytes:
        raise Unsatisfiable
    return Part(start, end)


def _last_bytes(count: int, size_bytes: int) -> Part:
    if count == 0 or size_bytes == 0:
        raise Unsatisfiable
    return Part(max(0, size_bytes - count), size_bytes)
