"""Names of channels and patterns of rules, and the names that belong to the server."""

from __future__ import annotations

import re

from domain.errors import Forbidden, InvalidInput

NAME_LENGTH = 128
EVENTS = "events"
EVENT_NOUNS = frozenset(
    {"instance", "operation", "node", "image", "tenant", "user", "credential", "file", "document", "channel"}
)
"""What the platform tells of by itself: "instance:<id>" one thing, "events:instance" all of them."""

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._~@-]*[A-Za-z0-9~])?"
_NAME = re.compile(rf"{_WORD}(?::{_WORD})*")
_SERVERS = EVENT_NOUNS | {EVENTS}


def namespace_of(name: str) -> str:
    """What stands before the first colon; "" when there is none."""
    head, colon, _ = name.partition(":")
    return head if colon else ""


def is_servers(name: str) -> bool:
    """Whether the server alone speaks there."""
    return namespace_of(name) in _SERVERS or name in _SERVERS


def check_name(name: str) -> str:
    """A channel's name: words of letters, digits and ._~@- with colons between them. InvalidInput otherwise."""
    if len(name) > NAME_LENGTH or not _NAME.fullmatch(name):
        raise InvalidInput("A channel's name is made of letters, digits, ._~@- and colons.", field="channel")
    return name


def check_pattern(pattern: str) -> str:
    """A name, "namespace:*" or "*". InvalidInput otherwise; Forbidden: channels of the server."""
    if pattern != "*":
        check_name(pattern.removesuffix(":*"))
    if pattern != "*" and (is_servers(pattern) or pattern.removesuffix(":*") in _SERVERS):
        raise Forbidden("What happens there is the server's to say.", field="pattern")
    return pattern


def patterns_for(name: str) -> tuple[str, ...]:
    """The patterns that cover a name, closest first."""
    parts = name.split(":")
    wider = tuple(":".join(parts[:length]) + ":*" for length in range(len(parts) - 1, 0, -1))
    return (name, *wider, "*")
