"""What a token may be narrowed to: one file tree, app packages, address books, calendars."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import Forbidden
from domain.models.file import AccessLevel

LEVELS = {"R": AccessLevel.READ, "C": AccessLevel.COMMENT, "W": AccessLevel.WRITE}
LETTERS = {level: letter for letter, level in LEVELS.items()} | {AccessLevel.ADMIN: "W"}
FILE_RIGHTS = frozenset({"files:read", "files:write"})
PACKAGES = "apkg:publish"
NAMED = frozenset({PACKAGES, "carddav:read", "carddav:write", "caldav:read", "caldav:write"})
_FILE = re.compile(r"file:(?P<file>[^:,\s]{1,80}):(?P<level>[RCW])")


@dataclass(frozen=True, slots=True)
class TokenScope:
    """text: as it stands in the token. file: the public id of the tree it opens, at most at that level; None: other
    rights, which are names."""

    text: str
    file: str | None = None
    level: AccessLevel = AccessLevel.NONE
    names: frozenset[str] = frozenset()

    @property
    def rights(self) -> frozenset[str]:
        """What the person's rights are cut down to. Where a token may be used at all is the door's to say."""
        if self.file is not None:
            return FILE_RIGHTS
        return self.names | FILE_RIGHTS if PACKAGES in self.names else self.names


def parse_scope(text: str) -> TokenScope:
    """file:<id>:R|C|W, or names joined by commas. Forbidden: no such scope."""
    found = _FILE.fullmatch(text)
    if found is not None:
        return TokenScope(text, file=found["file"], level=LEVELS[found["level"]])
    names = frozenset(text.split(","))
    if names <= NAMED:
        return TokenScope(text, names=names)
    raise Forbidden("There is no such scope.", scope=text[:100])


def file_scope_text(public_id: str, level: AccessLevel) -> str:
    """The scope of one file tree, at READ or more."""
    return f"file:{public_id}:{LETTERS[level]}"
