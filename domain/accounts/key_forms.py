"""What an API key looks like at each door: the foreign clients' own forms, in one table."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

SKYPORT = "skyport"
ANY_KEY_DOORS = frozenset({"graphql", "console", "realtime"})
"""Doors that take the keys of every other door too."""


@dataclass(frozen=True, slots=True)
class KeyForm:
    """make: a new key's text, at least 122 random bits. shown: how many of its first characters lists may show."""

    make: Callable[[], str]
    shown: int


def _tagged(tag: str) -> KeyForm:
    return KeyForm(lambda: tag + secrets.token_urlsafe(32), len(tag) + 6)


KEY_FORMS: Mapping[str, KeyForm] = {
    "graphql": _tagged("gh_"),
    SKYPORT: KeyForm(lambda: f"skyport_{uuid4()}", 14),
    "cloudzy": KeyForm(lambda: str(uuid4()), 8),
    "cloudron": KeyForm(lambda: secrets.token_hex(32), 8),
    "cloudillo": _tagged("cl_"),
    "quazzar_os": _tagged("qzr_"),
}

KEY_DOORS = tuple(KEY_FORMS)
"""The doors that have API keys of their own."""
