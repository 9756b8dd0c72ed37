"""What a tag may be."""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import InvalidInput
from domain.text import can_be_kept

TAG_LENGTH = 64
MOST_TAGS = 64
_SEPARATORS = frozenset(" ,#\t\r\n")


def check_tag(tag: str) -> str:
    """InvalidInput: empty, longer than 64, with a blank, comma, # or anything unprintable in it."""
    if not 1 <= len(tag) <= TAG_LENGTH or _SEPARATORS & set(tag) or not tag.isprintable() or not can_be_kept(tag):
        raise InvalidInput("A tag is 1 to 64 characters without blanks, commas and #.", field="tag")
    return tag


def check_tags(tags: Iterable[str]) -> list[str]:
    """Each once, in the order given. InvalidInput: one is no tag, or more than 64."""
    checked = list(dict.fromkeys(check_tag(tag) for tag in tags))
    if len(checked) > MOST_TAGS:
        raise InvalidInput(f"A file has at most {MOST_TAGS} tags.", field="tags", limit=MOST_TAGS)
    return checked
