"""Paths: collection/key, and again collection/key below a document. Slashes at the ends do not count."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping

from domain.errors import InvalidInput

LONGEST_PATH_BYTES = 1024
LONGEST_NAME_BYTES = 255
KEY_LENGTH = 24
_ALPHABET = string.digits + string.ascii_letters
_REFERENCE = re.compile(r"\$\{([^{}]+)\}")


def clean_path(path: object) -> str:
    """The path without slashes at its ends; "" is the whole tree. InvalidInput: no text, an empty name, too long."""
    if not isinstance(path, str):
        raise InvalidInput("A path is a text.", field="path")
    cleaned = path.strip("/")
    if len(cleaned) > LONGEST_PATH_BYTES or len(cleaned.encode()) > LONGEST_PATH_BYTES:
        raise InvalidInput(f"A path has at most {LONGEST_PATH_BYTES} bytes.", field="path", limit=LONGEST_PATH_BYTES)
    for name in cleaned.split("/") if cleaned else ():
        if not name or len(name.encode()) > LONGEST_NAME_BYTES:
            raise InvalidInput(f"Each name in a path has 1 to {LONGEST_NAME_BYTES} bytes.", field="path")
    return cleaned


def named_path(path: object) -> str:
    """The same for a path that must name something. InvalidInput when it is empty."""
    cleaned = clean_path(path)
    if not cleaned:
        raise InvalidInput("The path is missing.", field="path")
    return cleaned


def split_path(path: str) -> tuple[str, str]:
    """collection and key of a document's path; what lies at the top has the collection ""."""
    collection, _, key = path.rpartition("/")
    return collection, key


def join_path(collection: str, key: str) -> str:
    return f"{collection}/{key}" if collection else key


def above(path: str) -> list[str]:
    """Every path that this one lies below, itself first and the whole tree ("") last."""
    found = [path]
    while path:
        path = split_path(path)[0]
        found.append(path)
    return found


def new_key() -> str:
    """24 random characters: how the server names a new document."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(KEY_LENGTH))


def resolved(path: object, references: Mapping[str, str]) -> object:
    """The path with ${name} replaced by what an earlier operation made. InvalidInput: nothing has that name."""
    if not isinstance(path, str) or "${" not in path:
        return path

    def key_of(match: re.Match[str]) -> str:
        if match[1] not in references:
            raise InvalidInput("The path refers to something that no earlier operation made.", field="path")
        return references[match[1]]

    return _REFERENCE.sub(key_of, path)
