"""How files are named: random public ids, file names, and the reserved forms of stores and companions."""

from __future__ import annotations

import re
import secrets
import string

from domain.errors import InvalidInput
from domain.tenants.naming import clean_line

PUBLIC_ID_LENGTH = 24
NAME_LENGTH = 255
CONTENT_TYPE_LENGTH = 128
STORE_PREFIX = "s~"
COMPANION_SUFFIX = "~meta"
_ALPHABET = string.digits + string.ascii_letters
_APP_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *; *[A-Za-z0-9_-]+=[^\s;]+)*")


def random_public_id() -> str:
    """24 characters of 0-9, a-z and A-Z: how the world names a file whose content may change."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


def clean_file_name(name: str) -> str:
    """InvalidInput: empty, longer than 255 characters, or not one printable line."""
    return clean_line(name, "name", NAME_LENGTH)


def check_content_type(content_type: str) -> str:
    """A media type, perhaps with parameters. InvalidInput otherwise."""
    if len(content_type) > CONTENT_TYPE_LENGTH or not _CONTENT_TYPE.fullmatch(content_type):
        raise InvalidInput("This is not a media type.", field="content_type")
    return content_type


def is_store_id(public_id: str) -> bool:
    """Whether it names an app's store, which is made by being opened."""
    return public_id.startswith(STORE_PREFIX) and not is_companion_id(public_id)


def is_companion_id(public_id: str) -> bool:
    """Whether it names the tree that accompanies a file (its comments and the like)."""
    return public_id.endswith(COMPANION_SUFFIX)


def check_store_id(public_id: str) -> str:
    """The app's id in it. InvalidInput: not 1 to 63 letters, digits and inner . _ -"""
    app_id = public_id.removeprefix(STORE_PREFIX)
    if not _APP_ID.fullmatch(app_id):
        raise InvalidInput("This is not the id of a store.", field="file_id")
    return app_id
