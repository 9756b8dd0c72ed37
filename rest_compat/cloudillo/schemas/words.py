"""Cloudillo's letters and words for ours, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from domain.errors import InvalidInput
from domain.files.queries import FileSort
from domain.models.file import AccessLevel, FileKind, FileState, ShareSubject, Visibility

T = TypeVar("T")

VISIBILITIES: Mapping[str, Visibility] = {
    "D": Visibility.DIRECT,
    "P": Visibility.PUBLIC,
    "V": Visibility.VERIFIED,
    "2": Visibility.SECOND_DEGREE,
    "F": Visibility.FOLLOWERS,
    "C": Visibility.CONNECTED,
}
KINDS: Mapping[str, FileKind] = {
    "BLOB": FileKind.BLOB,
    "CRDT": FileKind.DOCUMENT,
    "RTDB": FileKind.TREE,
    "FLDR": FileKind.FOLDER,
}
STATES: Mapping[str, FileState] = {"A": FileState.ACTIVE, "P": FileState.PENDING}
PERMISSIONS: Mapping[str, AccessLevel] = {
    "R": AccessLevel.READ,
    "C": AccessLevel.COMMENT,
    "W": AccessLevel.WRITE,
    "A": AccessLevel.ADMIN,
}
LINK_LEVELS: Mapping[str, AccessLevel] = {
    "read": AccessLevel.READ,
    "comment": AccessLevel.COMMENT,
    "write": AccessLevel.WRITE,
}
SUBJECTS: Mapping[str, ShareSubject] = {"U": ShareSubject.USER, "L": ShareSubject.LINK, "F": ShareSubject.FILE}
SORTS: Mapping[str, FileSort] = {sort.value: sort for sort in FileSort}


def ours(words: Mapping[str, T], word: str, field: str) -> T:
    """What their word means. InvalidInput: none of theirs."""
    if word not in words:
        raise InvalidInput(f"{field} must be one of {', '.join(words)}.", field=field)
    return words[word]


def theirs(words: Mapping[str, T], value: T) -> str:
    """Their word for it."""
    return next(word for word, meant in words.items() if meant == value)
