"""How people are named: username, e-mail, the id a foreign client gave them, and the keys they are found by.

A username holds an @ only when it is the user's own e-mail; so a login text never means two people.
"""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from uuid import UUID

from domain.errors import InvalidInput
from domain.models.user import User
from domain.tenants.naming import clean_line

USERNAME_LENGTH = 64
EMAIL_LENGTH = 254
EXTERNAL_ID_LENGTH = 128


def key_of(name: str) -> str:
    """What is unique and searched: compatibility forms and letter case folded away."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())


def clean_username(text: str, email: str) -> str:
    """1 to 64 printable characters, inner spaces allowed. InvalidInput: an @ that is not of the own e-mail."""
    username = clean_line(text, "username", USERNAME_LENGTH)
    key = key_of(username)
    if not 1 <= len(key) <= USERNAME_LENGTH:
        raise InvalidInput(f"username must have 1 to {USERNAME_LENGTH} characters.", field="username")
    if "@" in key and key != key_of(email):
        raise InvalidInput("A username holds an @ only when it is the user's e-mail.", field="username")
    return username


def clean_email(text: str) -> str:
    """An address with one @ and no blanks; whether mail arrives there is not asked."""
    email = clean_line(text, "email", EMAIL_LENGTH)
    key = key_of(email)
    local, _, domain = key.partition("@")
    if not local or not domain or "@" in domain or any(c.isspace() for c in key) or len(key) > EMAIL_LENGTH:
        raise InvalidInput("This is not an e-mail address.", field="email")
    return email


def clean_external_id(text: str | None) -> str | None:
    return None if text is None else clean_line(text, "external_id", EXTERNAL_ID_LENGTH)


async def find_by_login(login: str) -> User | None:
    """By e-mail when it holds an @, else by username."""
    key = key_of(login)
    column, max_length = ("email_key", EMAIL_LENGTH) if "@" in key else ("username_key", USERNAME_LENGTH)
    if not key.isprintable() or len(key) > max_length:
        return None
    return await User.filter(**{column: key}).first()


async def find_by_any_name(user: UUID | str) -> User | None:
    """By id, e-mail or username."""
    if isinstance(user, UUID):
        return await User.get_or_none(id=user)
    with suppress(ValueError):
        if (found := await User.get_or_none(id=UUID(user))) is not None:
            return found
    return await find_by_login(user)
