"""Passwords: argon2id (RFC 9106, second recommended option); bcrypt hashes are accepted until the next sign-in.

Hashing takes 64 MiB and tens of milliseconds of a core, so it happens on a few threads of its own and the rest queue.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from domain.errors import InvalidInput

T = TypeVar("T")

MIN_LENGTH = 8
MAX_LENGTH = 1024
BCRYPT_BYTES = 72
"""bcrypt looks at no more; the programs that made the imported hashes cut silently."""

_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$3Jb8FINP/X5TAzp5evOO1A$O0RLP37cGMkNd/WI8xrQuQfv1SAKXdUDTGHpvl9L7ZI"
_THREADS = ThreadPoolExecutor(max_workers=3, thread_name_prefix="password")


def check_password(password: str, min_length: int = MIN_LENGTH, field: str = "password") -> None:
    """InvalidInput unless it has min_length to 1024 characters. Doors of foreign clients may ask for less than 8."""
    if len(password) < max(min_length, 1):
        raise InvalidInput(f"A password has at least {max(min_length, 1)} characters.", field=field)
    if len(password) > MAX_LENGTH:
        raise InvalidInput(f"A password has at most {MAX_LENGTH} characters.", field=field)


def check_imported_hash(password_hash: str) -> None:
    """InvalidInput unless it is a bcrypt hash ($2a$, $2b$, $2y$) of cost 4 to 15."""
    if not _BCRYPT.fullmatch(password_hash):
        raise InvalidInput("Only bcrypt hashes of cost 4 to 15 can be imported.", field="password_hash")


async def hash_password(password: str) -> str:
    """An argon2id hash in its usual text form."""
    return await _on_thread(lambda: _HASHER.hash(_bytes(password)))


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether they belong together. Without a hash (unknown user, no password) the same work is done for nothing."""
    if password_hash is None or len(password) > MAX_LENGTH:
        await _on_thread(lambda: _verify(_NOBODY, password[:MAX_LENGTH]))
        return False
    return await _on_thread(lambda: _verify(password_hash, password))


def needs_rehash(password_hash: str) -> bool:
    """Whether it was imported, or made with weaker parameters than today's."""
    return bool(_BCRYPT.fullmatch(password_hash)) or _HASHER.check_needs_rehash(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    if _BCRYPT.fullmatch(password_hash):
        return bcrypt.checkpw(_bytes(password)[:BCRYPT_BYTES], password_hash.encode())
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


async def _on_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
