"""What the clients' decoders accept of files, tags, shares, refs and settings: an optional field is absent or right,
never null; unknown fields are passed over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def text(value: Any) -> bool:
    return isinstance(value, str)


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def moment(value: Any) -> bool:
    return isinstance(value, str) and ISO.fullmatch(value) is not None


def anything(value: Any) -> bool:
    return True


def null(value: Any) -> bool:
    return value is None


def one_of(*words: Any) -> Check:
    return lambda value: value in words


def listed(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(check(item) for item in value)


def pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(whole(item) for item in value)


def struct(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """A JSON object with these fields."""

    def check(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        there = all(name in value and fits(value[name]) for name, fits in required.items())
        return there and all(fits(value[name]) for name, fits in (optional or {}).items() if name in value)

    return check


LEVEL = one_of("read", "comment", "write")
PROFILE = struct({"idTag": text}, {"name": text, "profilePic": text, "type": one_of("person", "community")})
USER_DATA = struct(
    {}, {"accessedAt": moment, "modifiedAt": moment, "pinned": flag, "starred": flag, "accessLevel": text}
)
FILE = struct(
    {"fileId": text, "contentType": text, "fileName": text, "createdAt": moment, "status": one_of("A", "P")},
    {
        "parentId": text,
        "rootId": text,
        "owner": PROFILE,
        "creator": PROFILE,
        "preset": text,
        "fileTp": one_of("BLOB", "CRDT", "RTDB", "FLDR"),
        "accessedAt": moment,
        "modifiedAt": moment,
        "tags": listed(text),
        "visibility": one_of("D", "P", "V", "2", "F", "C", None),
        "hidden": flag,
        "accessLevel": one_of("read", "comment", "write", "admin", "none"),
        "userData": USER_DATA,
        "x": struct({}, {"dim": pair}),
        "parentName": text,
        "path": listed(struct({"id": text, "name": text})),
    },
)
FILE_ID = struct({"fileId": text}, {"fileName": text, "parentId": text})
DELETED = struct({"fileId": text, "permanent": flag})
TAGS = struct({"tags": listed(text)})
TAG_LIST = struct({"tags": listed(struct({"tag": text}, {"count": whole}))})
EMPTIED = struct({"deleted_count": whole})
SHARE = struct(
    {
        "id": whole,
        "resourceType": one_of("F"),
        "resourceId": text,
        "subjectType": one_of("U", "L", "F"),
        "subjectId": text,
        "permission": one_of("R", "C", "W", "A"),
        "createdBy": text,
        "createdAt": moment,
    },
    {"expiresAt": moment, "subjectFileName": text, "subjectContentType": text, "subjectFileTp": text},
)
REF = struct(
    {"refId": text, "type": text, "createdAt": moment},
    {
        "description": text,
        "resourceId": text,
        "accessLevel": LEVEL,
        "expiresAt": moment,
        "count": whole,
        "params": text,
        "redacted": flag,
    },
)
GUEST_REF = struct({"refId": text, "type": text}, {"resourceId": text})
SETTING = struct(
    {
        "key": text,
        "value": anything,
        "scope": one_of("System", "Global", "Tenant"),
        "permission": one_of("System", "Admin", "User"),
        "description": text,
    }
)
CURSORS = struct({"nextCursor": lambda value: value is None or text(value), "hasMore": flag})
OFFSETS = struct({"offset": whole, "limit": whole, "total": whole})
ENVELOPE = struct({"data": anything, "time": moment, "reqId": text})
ERROR = struct({"error": struct({"code": text, "message": text}, {"details": lambda value: isinstance(value, dict)})})
