"""Every endpoint of files, tags, trash, shares, refs and settings: what comes of a request, and of each wrong one.

{names} stand for the files, shares and refs of the drive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.rest_compat.cloudillo import file_shapes as shapes
from tests.rest_compat.cloudillo.file_shapes import Check, listed

NOBODY = "nobody"
UNAUTH, NOPERM = (401, "E-AUTH-UNAUTH"), (403, "E-AUTH-NOPERM")
INVALID, MISSING, CONFLICT = (400, "E-VAL-INVALID"), (404, "E-CORE-NOTFOUND"), (409, "E-CORE-CONFLICT")


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


@dataclass(frozen=True)
class Bad:
    """A request that is refused, and leaves no trace."""

    refusal: tuple[int, str]
    method: str
    path: str
    send: Any = None
    who: str = "alice"
    details: Any = None

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.path} {self.send or ''} → {self.refusal[1]}"


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

BAD = (
    *(
        Bad(UNAUTH, method, path, send, who=NOBODY)
        for method, path, send in (
            ("POST", "/api/files", {"fileTp": "CRDT"}),
            ("PATCH", "/api/files/{photo}", {"fileName": "x"}),
            ("DELETE", "/api/files/{photo}", None),
            ("POST", "/api/files/{photo}/duplicate", None),
            ("POST", "/api/files/{photo}/restore", None),
            ("PATCH", "/api/files/{photo}/user", {"pinned": True}),
            ("PUT", "/api/files/{photo}/tag/x", None),
            ("DELETE", "/api/files/{photo}/tag/x", None),
            ("GET", "/api/tags", None),
            ("DELETE", "/api/trash", None),
            ("GET", "/api/files/{photo}/shares", None),
            ("POST", "/api/files/{photo}/shares", TO_CARL),
            ("PATCH", GIVEN, {"permission": "R"}),
            ("DELETE", GIVEN, None),
            ("GET", "/api/shares", None),
            ("GET", "/api/refs", None),
            ("POST", "/api/refs", LINK),
            ("PATCH", "/api/refs/{open_ref}", {"count": 1}),
            ("DELETE", "/api/refs/{open_ref}", None),
            ("GET", "/api/settings", None),
            ("GET", "/api/settings/ui.x", None),
            ("PUT", "/api/settings/ui.x", {"value": 1}),
            ("DELETE", "/api/settings/ui.x", None),
        )
    ),
    *(
        Bad(INVALID, "GET", f"/api/files?{query}")
        for query in (
            "limit=0",
            "limit=many",
            "sort=size",
            "sortDir=up",
            "status=D",
            "fileTp=CRDT%2CXXX",
            "cursor=%21",
            "cursor=e30",
            "cursor=eyJzIjoibmFtZSIsInYiOiJhIiwiaWQiOiJ4In0",
            "createdAfter=yesterday",
            "withPath=true",
            "withParent=true&limit=6",
            "pinned=perhaps",
            "fileName=%00",
        )
    ),
    *(
        Bad(INVALID, "POST", "/api/files", {"fileTp": "CRDT", **wrong})
        for wrong in (
            {"fileTp": "DOC"},
            {"fileTp": None},
            {"accessLevel": "write"},
            {"as": "drive"},
            {"parentId": "__trash__"},
            {"parentId": "__managed__"},
            {"parentId": "{plan}"},
            {"rootId": "{part}"},
            {"rootId": "nothing"},
            {"visibility": "S"},
            {"createdAt": "soon"},
            {"tags": "a b"},
            {"contentType": "text"},
            {"fileName": "a\nb"},
            {"fileName": 5},
        )
    ),
    Bad(INVALID, "POST", "/api/files", {}),
    Bad(MISSING, "POST", "/api/files", {"fileTp": "CRDT", "parentId": "nothing"}),
    Bad(NOPERM, "POST", "/api/files", {"fileTp": "CRDT"}, who="vera"),
    Bad(MISSING, "GET", "/api/files/{plan}/metadata", who=NOBODY),
    Bad(MISSING, "GET", "/api/files/nothing/metadata"),
    Bad(MISSING, "GET", "/api/files/{folder}/metadata", who="vera"),
    Bad(MISSING, "PATCH", "/api/files/nothing", {"fileName": "x"}),
    Bad(NOPERM, "PATCH", "/api/files/{plan}", {"fileName": "x"}, who="vera"),
    Bad(INVALID, "PATCH", "/api/files/{plan}", {"fileName": " "}),
    Bad(INVALID, "PATCH", "/api/files/{plan}", {"visibility": "X"}),
    Bad(INVALID, "PATCH", "/api/files/{plan}", {"status": "D"}),
    Bad(INVALID, "PATCH", "/api/files/{plan}", {"parentId": "__trash__"}),
    Bad(INVALID, "PATCH", "/api/files/{plan}", {"hidden": "yes"}),
    Bad(MISSING, "PATCH", "/api/files/{plan}", {"parentId": "nothing"}),
    Bad(CONFLICT, "PATCH", "/api/files/{waste}", {"parentId": "{folder}"}),
    Bad((400, "E-FILE-CYCLEREJ"), "PATCH", "/api/files/{folder}", {"parentId": "{inner}"}),
    Bad((400, "E-FILE-CYCLEREJ"), "PATCH", "/api/files/{folder}", {"parentId": "{folder}"}),
    Bad(MISSING, "DELETE", "/api/files/nothing"),
    Bad(NOPERM, "DELETE", "/api/files/{given}", who="vera"),
    Bad(INVALID, "DELETE", "/api/files/{plan}?permanent=true"),
    Bad(INVALID, "POST", "/api/files/{photo}/duplicate"),
    Bad(INVALID, "POST", "/api/files/{folder}/duplicate"),
    Bad(MISSING, "POST", "/api/files/nothing/duplicate"),
    Bad(MISSING, "POST", "/api/files/{plan}/duplicate", {"parentId": "nothing"}),
    Bad(NOPERM, "POST", "/api/files/{plan}/duplicate", who="vera"),
    Bad(INVALID, "POST", "/api/files/{plan}/restore"),
    Bad(MISSING, "POST", "/api/files/nothing/restore"),
    Bad(MISSING, "POST", "/api/files/{waste}/restore", {"parentId": "nothing"}),
    Bad(INVALID, "POST", "/api/files/{waste}/restore", {"parentId": "__trash__"}),
    Bad(MISSING, "PATCH", "/api/files/nothing/user", {"pinned": True}),
    Bad(INVALID, "PATCH", "/api/files/{plan}/user", {"pinned": "yes"}),
    *(Bad(INVALID, "PUT", f"/api/files/{{plan}}/tag/{tag}") for tag in ("a%20b", "a%2Cb", "%23", "a%09", "x" * 65)),
    Bad(NOPERM, "PUT", "/api/files/{plan}/tag/x", who="vera"),
    Bad(MISSING, "PUT", "/api/files/nothing/tag/x"),
    Bad(NOPERM, "DELETE", "/api/files/{plan}/tag/red", who="vera"),
    Bad(INVALID, "GET", "/api/tags?limit=0"),
    Bad(NOPERM, "DELETE", "/api/trash", who="vera"),
    Bad(NOPERM, "GET", SHARE, who="vera"),
    Bad(MISSING, "GET", "/api/files/nothing/shares"),
    Bad(INVALID, "GET", f"{SHARE}?subjectType=X"),
    *(
        Bad(INVALID, "POST", SHARE, {**TO_CARL, **wrong})
        for wrong in (
            {"subjectType": "X"},
            {"permission": "X"},
            {"subjectType": "F", "subjectId": "{photo}", "permission": "A"},
            {"subjectType": "F", "subjectId": "{plan}"},
            {"subjectId": "not a person"},
            {"subjectId": "x" * 81},
            {"subjectId": ""},
            {"expiresAt": 1},
            {"expiresAt": "soon"},
        )
    ),
    Bad(MISSING, "POST", SHARE, {"subjectType": "F", "subjectId": "nothing", "permission": "R"}),
    Bad(MISSING, "POST", SHARE, {"subjectType": "L", "subjectId": "nothing", "permission": "R"}),
    Bad(NOPERM, "POST", SHARE, TO_CARL, who="olga"),
    Bad(MISSING, "POST", "/api/files/nothing/shares", TO_CARL),
    Bad(INVALID, "PATCH", GIVEN, {"permission": "X"}),
    Bad(MISSING, "PATCH", f"{SHARE}/{{share_vera}}", {"permission": "R"}),
    Bad(NOPERM, "PATCH", GIVEN, {"permission": "R"}, who="olga"),
    Bad(NOPERM, "DELETE", GIVEN, who="olga"),
    *(Bad(MISSING, "DELETE", f"{SHARE}/{id_}") for id_ in ("{share_vera}", "999", "x", "-1", "9" * 25, "0")),
    Bad(INVALID, "GET", "/api/shares?subjectType=X"),
    Bad(MISSING, "GET", "/api/shares?subjectType=F&subjectId={folder}", who="vera"),
    *(Bad(INVALID, "GET", f"/api/refs?{query}") for query in ("filter=x", "type=x", "limit=0", "offset=-1")),
    Bad(MISSING, "GET", "/api/refs?resourceId=nothing"),
    *(
        Bad(INVALID, "POST", "/api/refs", {**LINK, **wrong})
        for wrong in (
            {"type": "x"},
            {"type": ""},
            {"resourceId": None},
            {"expiresAt": 1},
            {"expires_at": 1},
            {"count": -1},
            {"accessLevel": "admin"},
            {"params": "x" * 2049},
            {"description": "x" * 257},
        )
    ),
    Bad(MISSING, "POST", "/api/refs", {**LINK, "resourceId": "nothing"}),
    Bad(NOPERM, "POST", "/api/refs", LINK, who="vera"),
    Bad(NOPERM, "POST", "/api/refs", {"type": "password"}, who="olga"),
    Bad(NOPERM, "POST", "/api/refs", {"type": "register"}),
    Bad(MISSING, "GET", "/api/refs/nothing"),
    Bad(MISSING, "GET", "/api/refs/" + "x" * 65, who=NOBODY),
    Bad(MISSING, "PATCH", "/api/refs/nothing", {"count": 1}),
    Bad(INVALID, "PATCH", "/api/refs/{open_ref}", {"count": -1}),
    Bad(INVALID, "PATCH", "/api/refs/{open_ref}", {"expiresAt": 1}),
    Bad(NOPERM, "PATCH", "/api/refs/{open_ref}", {"count": 5}, who="vera"),
    Bad(MISSING, "DELETE", "/api/refs/nothing"),
    Bad(NOPERM, "DELETE", "/api/refs/{open_ref}", who="vera"),
    Bad(NOPERM, "DELETE", "/api/refs/{welcome_ref}", who="olga"),
    Bad(INVALID, "GET", "/api/settings?level=tenant"),
    Bad(INVALID, "GET", "/api/settings?level=x&prefix=ui"),
    Bad(NOPERM, "GET", "/api/settings?level=global&prefix=ui"),
    Bad(NOPERM, "GET", "/api/settings?tenant=bob.example.org"),
    Bad(MISSING, "GET", "/api/settings?tenant=nobody.example.org", who="root"),
    *(
        Bad((404, "E-SET-NOTFOUND"), method, f"/api/settings/{name}", send)
        for name in ("nope", "ui.", "notify.push.nope", "file")
        for method, send in (("GET", None), ("PUT", {"value": 1}), ("DELETE", None))
    ),
    Bad(INVALID, "PUT", "/api/settings/ui.x", {}),
    Bad(INVALID, "PUT", "/api/settings/notify.push", {"value": "yes"}),
    Bad(INVALID, "PUT", "/api/settings/notify.push", {"value": None}),
    Bad(INVALID, "PUT", "/api/settings/profile.default_visibility", {"value": "S"}),
    Bad(INVALID, "PUT", "/api/settings/limits.max_storage_gb", {"value": -1}, who="root"),
    Bad(INVALID, "PUT", "/api/settings/limits.max_storage_gb", {"value": True}, who="root"),
    Bad(NOPERM, "PUT", "/api/settings/limits.max_storage_gb", {"value": 5}),
    Bad(NOPERM, "PUT", "/api/settings/email.enabled", {"value": True}),
    Bad(NOPERM, "PUT", "/api/settings/email.template_dir", {"value": "/"}, who="root"),
    Bad(NOPERM, "PUT", "/api/settings/ui.x", {"value": 1}, who="olga"),
    Bad(NOPERM, "PUT", "/api/settings/ui.x?level=global", {"value": 1}),
    Bad(NOPERM, "DELETE", "/api/settings/ui.x", who="olga"),
    Bad(INVALID, "DELETE", "/api/settings/ui.x?level=x"),
)
