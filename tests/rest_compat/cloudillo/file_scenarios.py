"""Every endpoint of files, tags, trash, shares, refs and settings: what comes of a request that is right.

{names} stand for the files, shares and refs of the drive. What is wrong: file_refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.rest_compat.cloudillo import file_shapes as shapes
from tests.rest_compat.cloudillo.file_shapes import Check, listed

NOBODY = "nobody"


@dataclass(frozen=True)
class Good:
    """A request and its answer. data: what must be in it, as far as it is fixed. page: the pagination's shape."""

    method: str
    path: str
    shape: Check
    send: Any = None
    data: Any = None
    status: int = 200
    who: str = "alice"
    page: Mapping[str, Check] | None = None

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.path} {self.send or ''}"


CURSORS = {"cursorPagination": shapes.CURSORS}
OFFSETS = {"pagination": shapes.OFFSETS}
FILES = listed(shapes.FILE)
SHARE = "/api/files/{plan}/shares"
GIVEN = f"{SHARE}/{{share_managed}}"
TO_CARL = {"subjectType": "U", "subjectId": "carl.example.org", "permission": "W"}
LINK = {"type": "share.file", "resourceId": "{plan}"}

GOOD = (
    Good("GET", "/api/files", FILES, page=CURSORS),
    Good("GET", "/api/files", FILES, data=["photo"], who=NOBODY, page=CURSORS),
    Good("GET", "/api/files", FILES, data=["given", "photo", "part", "plan"], who="vera", page=CURSORS),
    Good("GET", "/api/files?parentId=__trash__", FILES, data=["waste"], page=CURSORS),
    Good("GET", "/api/files?parentId=__managed__", FILES, data=["store"], page=CURSORS),
    Good("GET", "/api/files?parentId={folder}&sort=name", FILES, data=["inner", "plan"], page=CURSORS),
    Good(
        "GET", "/api/files?parentId=__root__&sort=name&sortDir=desc", FILES, data=["photo", "part", "given", "folder"]
    ),
    Good("GET", "/api/files?notParentId=__root__&sort=name", FILES, data=["inner", "plan"]),
    Good("GET", "/api/files?notParentId={folder}&fileTp=CRDT", FILES, data=["part"]),
    Good("GET", "/api/files?rootId={plan}", FILES, data=["part"]),
    Good("GET", "/api/files?rootId={plan}&status=A%2CP", FILES, data=["part"]),
    Good("GET", "/api/files?status=P", FILES, data=[]),
    Good("GET", "/api/files?fileTp=FLDR%2CRTDB&sort=name", FILES, data=["folder", "given", "inner"]),
    Good("GET", "/api/files?contentType=image%2F*%2Ctext/plain&preset=default", FILES, data=["photo"]),
    Good(
        "GET", "/api/files?contentType=image/*&includeFolders=true&sort=name", FILES, data=["folder", "inner", "photo"]
    ),
    Good("GET", "/api/files?tag=red&status=A&hidden=false&localOnly=true", FILES, data=["plan"]),
    Good("GET", "/api/files?fileName=LA&pinned=false&starred=false", FILES, data=["plan"]),
    Good("GET", "/api/files?ownerIdTag=bob.example.org", FILES, data=[]),
    Good("GET", "/api/files?notOwnerIdTag=alice.example.org", FILES, data=[]),
    Good("GET", "/api/files?ownerIdTag=alice.example.org&notOwnerIdTag=bob.example.org&tag=red", FILES, data=["plan"]),
    Good("GET", "/api/files?createdAfter=1748781015&createdBefore=2025-06-01T12:30:16Z&tag=red", FILES, data=["plan"]),
    Good("GET", "/api/files?createdAfter=2025-06-01T12:30:16Z", FILES, data=[]),
    Good("GET", "/api/files?variant=vis.sd", FILES, data=[]),
    Good(
        "GET",
        "/api/files?fileId={plan}%2C{waste}&withPath=true&withParent=true&sort=name",
        FILES,
        data=["plan", "waste"],
    ),
    Good("GET", "/api/files?limit=5&withPath=true&_limit=9&unknown=1", FILES),
    Good("POST", "/api/files", shapes.FILE_ID, {"fileTp": "CRDT"}, status=201),
    Good(
        "POST",
        "/api/files",
        shapes.FILE_ID,
        {
            "fileTp": "RTDB",
            "contentType": "cloudillo/taskillo",
            "fileName": "Tasks",
            "parentId": "{folder}",
            "rootId": "{plan}",
            "createdAt": 1748781015,
            "tags": "a,b",
            "visibility": "V",
            "as": "managed",
            "sourceFileId": "f1~x",
            "sourceIdTag": "bob.example.org",
        },
        status=201,
        who="olga",
    ),
    Good("POST", "/api/files", shapes.FILE_ID, {"fileTp": "BLOB", "rootId": "{given}"}, status=201, who="vera"),
    Good("GET", "/api/files/{plan}/metadata", shapes.FILE, data="plan"),
    Good("GET", "/api/files/{store}/metadata", shapes.FILE, data="store"),
    Good("GET", "/api/files/{photo}/metadata", shapes.FILE, data="photo", who=NOBODY),
    Good("PATCH", "/api/files/{plan}", shapes.FILE_ID, {"fileName": "Plan B"}, {"fileName": "Plan B"}),
    Good(
        "PATCH",
        "/api/files/{plan}",
        shapes.FILE_ID,
        {"parentId": None, "visibility": None, "status": "A", "hidden": True},
        {"fileName": "plan"},
    ),
    Good("PATCH", "/api/files/{plan}", shapes.FILE_ID, {"parentId": "{inner}"}, who="olga"),
    Good("PATCH", "/api/files/{given}", shapes.FILE_ID, {"parentId": "__root__"}, who="vera"),
    Good("DELETE", "/api/files/{plan}", shapes.DELETED, data={"permanent": False}),
    Good("DELETE", "/api/files/{waste}?permanent=true", shapes.DELETED, data={"permanent": True}, who="olga"),
    Good("POST", "/api/files/{plan}/duplicate", shapes.FILE_ID, status=201),
    Good("POST", "/api/files/{given}/duplicate", shapes.FILE_ID, {"fileName": "x", "parentId": "{inner}"}, status=201),
    Good("POST", "/api/files/{waste}/restore", shapes.FILE_ID),
    Good("POST", "/api/files/{waste}/restore", shapes.FILE_ID, {"parentId": "{inner}"}),
    Good("PATCH", "/api/files/{plan}/user", shapes.USER_DATA, {"pinned": True}, {"pinned": True, "starred": False}),
    Good("PATCH", "/api/files/{photo}/user", shapes.USER_DATA, {"starred": True}, {"starred": True}, who="vera"),
    Good("PUT", "/api/files/{plan}/tag/blue", shapes.TAGS, data={"tags": ["blue", "red"]}),
    Good("PUT", "/api/files/{plan}/tag/red", shapes.TAGS, data={"tags": ["red"]}),
    Good("PUT", "/api/files/{plan}/tag/%C3%A9t%C3%A9", shapes.TAGS, data={"tags": ["red", "été"]}),
    Good("DELETE", "/api/files/{plan}/tag/red", shapes.TAGS, data={"tags": []}),
    Good("DELETE", "/api/files/{plan}/tag/blue", shapes.TAGS, data={"tags": ["red"]}),
    Good("GET", "/api/tags", shapes.TAG_LIST, data={"tags": [{"tag": "red"}]}),
    Good(
        "GET",
        "/api/tags?withCounts=true&prefix=r&limit=9",
        shapes.TAG_LIST,
        data={"tags": [{"tag": "red", "count": 1}]},
    ),
    Good("GET", "/api/tags?prefix=x", shapes.TAG_LIST, data={"tags": []}),
    Good("DELETE", "/api/trash", shapes.EMPTIED, data={"deleted_count": 1}, who="olga"),
    Good("GET", SHARE, listed(shapes.SHARE)),
    Good("GET", f"{SHARE}?subjectType=F", listed(shapes.SHARE), data=[]),
    Good("POST", SHARE, shapes.SHARE, TO_CARL, {"permission": "W", "createdBy": "alice.example.org"}, status=201),
    Good("POST", SHARE, shapes.SHARE, {**TO_CARL, "permission": "A", "expiresAt": "2027-01-01T00:00:00Z"}, status=201),
    Good(
        "POST",
        SHARE,
        shapes.SHARE,
        {"subjectType": "F", "subjectId": "alice.example.org:{photo}", "permission": "R", "expiresAt": 1798761600},
        {"subjectId": "{photo}", "subjectFileName": "photo", "expiresAt": "2027-01-01T00:00:00Z"},
        status=201,
    ),
    Good(
        "POST",
        SHARE,
        shapes.SHARE,
        {"subjectType": "L", "subjectId": "{open_ref}", "permission": "C"},
        {"subjectType": "L"},
        status=201,
    ),
    Good("PATCH", GIVEN, shapes.SHARE, {"permission": "C"}, {"permission": "C"}),
    Good("PATCH", GIVEN, shapes.SHARE, {"expiresAt": None}, {"permission": "R"}),
    Good("DELETE", GIVEN, shapes.null),
    Good("GET", "/api/shares?subjectType=F&subjectId={plan}", listed(shapes.SHARE), data=[{"resourceId": "{photo}"}]),
    Good("GET", "/api/shares?subjectType=F&subjectId={plan}", listed(shapes.SHARE), data=[{}], who="vera"),
    Good("GET", "/api/shares?subjectType=U&subjectId=nobody", listed(shapes.SHARE), data=[]),
    Good("GET", "/api/shares", listed(shapes.SHARE), data=[{}, {}, {}]),
    Good(
        "GET", "/api/refs", listed(shapes.REF), data=[{"refId": "{welcome_ref}"}, {"refId": "{open_ref}"}], page=OFFSETS
    ),
    Good("GET", "/api/refs?filter=used&type=share.file", listed(shapes.REF), data=[{"count": 0}], page=OFFSETS),
    Good("GET", "/api/refs?filter=all&limit=1&offset=1", listed(shapes.REF), data=[{}], page=OFFSETS),
    Good("GET", "/api/refs?filter=expired", listed(shapes.REF), data=[], page=OFFSETS),
    Good("GET", "/api/refs?resourceId={plan}", listed(shapes.REF), data=[{"refId": "{open_ref}"}], page=OFFSETS),
    Good("GET", "/api/refs?resourceId={plan}", listed(shapes.REF), data=[{"redacted": True}], who="vera", page=OFFSETS),
    Good("POST", "/api/refs", shapes.REF, LINK, {"accessLevel": "read", "count": 1}, status=201),
    Good(
        "POST",
        "/api/refs",
        shapes.REF,
        {**LINK, "accessLevel": "write", "count": None, "expires_at": 1798761600, "description": "x", "params": "p=1"},
        {"accessLevel": "write", "expiresAt": "2027-01-01T00:00:00Z", "description": "x", "params": "p=1"},
        status=201,
        who="olga",
    ),
    Good("POST", "/api/refs", shapes.REF, {"type": "password", "expiresAt": "2027-01-01T00:00:00Z"}, status=201),
    Good("POST", "/api/refs", shapes.REF, {"type": "register", "count": 3}, {"count": 3}, status=201, who="root"),
    Good("GET", "/api/refs/{open_ref}", shapes.REF, data={"accessLevel": "write"}),
    Good("GET", "/api/refs/{used_ref}", shapes.REF, data={"count": 0}, who="vera"),
    Good("GET", "/api/refs/{open_ref}", shapes.GUEST_REF, data={"resourceId": "{plan}"}, who=NOBODY),
    Good("PATCH", "/api/refs/{open_ref}", shapes.REF, {"count": 2, "description": None}, {"count": 2}),
    Good("PATCH", "/api/refs/{open_ref}", shapes.REF, {"expiresAt": 1798761600}, {"expiresAt": "2027-01-01T00:00:00Z"}),
    Good("DELETE", "/api/refs/{open_ref}", shapes.null, who="olga"),
    Good("DELETE", "/api/refs/{welcome_ref}", shapes.null),
    Good("GET", "/api/settings", listed(shapes.SETTING), page=OFFSETS),
    Good(
        "GET",
        "/api/settings?prefix=profile.lang%2Cidp.en",
        listed(shapes.SETTING),
        data=[{"value": False}, {}],
        page=OFFSETS,
    ),
    Good("GET", "/api/settings?prefix=ui&level=tenant", listed(shapes.SETTING), data=[], page=OFFSETS),
    Good(
        "GET",
        "/api/settings?prefix=file&level=global&tenant=alice.example.org",
        listed(shapes.SETTING),
        data=[],
        who="root",
    ),
    Good("GET", "/api/settings/email.smtp.port", shapes.SETTING, data={"value": 587, "scope": "Global"}, who="vera"),
    Good("GET", "/api/settings/ui.theme", shapes.SETTING, data={"value": None, "permission": "User"}),
    Good("PUT", "/api/settings/ui.theme", shapes.SETTING, {"value": {"dark": True}}, {"value": {"dark": True}}),
    Good("PUT", "/api/settings/ui.theme", shapes.SETTING, {"value": None}, {"value": None}),
    Good("PUT", "/api/settings/profile.lang", shapes.SETTING, {"value": ""}, {"value": ""}),
    Good("PUT", "/api/settings/notify.push", shapes.SETTING, {"value": False}, {"value": False, "scope": "Tenant"}),
    Good("PUT", "/api/settings/limits.max_storage_gb", shapes.SETTING, {"value": 5}, {"value": 5}, who="root"),
    Good(
        "PUT", "/api/settings/notify.push?level=global", shapes.SETTING, {"value": False}, {"value": False}, who="root"
    ),
)
