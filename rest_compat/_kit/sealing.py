"""Encrypt what must be kept but never be readable in the database."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.ports import Ports

NONCE_BYTES = 12


def seal(ports: Ports, record_id: UUID, plain: bytes) -> bytes:
    """Readable only with the platform's secret key, and only in its own record."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(ports).encrypt(nonce, plain, record_id.bytes)


def unseal(ports: Ports, record_id: UUID, sealed: bytes) -> bytes:
    """What seal() was given."""
    return _cipher(ports).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], record_id.bytes)


def _cipher(ports: Ports) -> AESGCM:
    return AESGCM(hmac.digest(ports.secret_key.encode(), b"idempotent replies", hashlib.sha256))
