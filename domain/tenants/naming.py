"""Names of people's things: one printable line, and the DNS-safe slug that stands for it."""

from __future__ import annotations

import re
import secrets
import unicodedata

from domain.errors import InvalidInput
from domain.models.tenant import Tenant

SLUG_LENGTH = 63
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ROOM_FOR_SUFFIX = 9


def clean_line(text: str, field: str, max_length: int) -> str:
    """The text without surrounding blanks. InvalidInput: empty, too long, or not printable on one line."""
    line = text.strip()
    if not 1 <= len(line) <= max_length:
        raise InvalidInput(f"{field} must have 1 to {max_length} characters.", field=field, limit=max_length)
    if not line.isprintable():
        raise InvalidInput(f"{field} must be one line of printable characters.", field=field)
    return line


def check_slug(slug: str) -> str:
    """InvalidInput unless it is a DNS label: a-z, 0-9 and inner hyphens, at most 63."""
    if not _SLUG.fullmatch(slug):
        raise InvalidInput("A slug is 1 to 63 of a-z, 0-9 and inner hyphens.", field="slug")
    return slug


def slug_of(name: str) -> str:
    """A DNS label that resembles the name; "tenant" when nothing of it can be kept."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    label = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return label[: SLUG_LENGTH - _ROOM_FOR_SUFFIX].strip("-") or "tenant"


async def free_slug(name: str) -> str:
    """A slug that no tenant has at this moment; the unique column has the last word."""
    slug = slug_of(name)
    if not await Tenant.exists(slug=slug):
        return slug
    return f"{slug}-{secrets.token_hex(4)}"
