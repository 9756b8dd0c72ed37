"""Digests of secrets that we made: random and long, so that a plain hash keeps them."""

from __future__ import annotations

import hashlib


def digest_of(secret: str) -> str:
    """SHA-256 in hex. Any text a client may send has one."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
