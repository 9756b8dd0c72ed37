"""Every wrong request to files, tags, trash, shares, refs and settings, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.rest_compat.cloudillo.file_scenarios import GIVEN, LINK, NOBODY, SHARE, TO_CARL

UNAUTH, NOPERM = (401, "E-AUTH-UNAUTH"), (403, "E-AUTH-NOPERM")
INVALID, MISSING, CONFLICT = (400, "E-VAL-INVALID"), (404, "E-CORE-NOTFOUND"), (409, "E-CORE-CONFLICT")


@dataclass(frozen=True)
class Bad:
    """A request that is refused, and leaves no trace."""

    refusal: tuple[int, str]
    method: str
    path: str
    send: Any = None
    who: str = "alice"

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.path} {self.send or ''} → {self.refusal[1]}"


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
    *(Bad(MISSING, "GET", f"/api/files/{'@' * length}/metadata", who=NOBODY) for length in (1, 24, 25, 80, 81)),
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
            {"expiresAt": "9999-12-31T23:59:59-14:00"},
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
        for name in ("nope", "ui.", "notify.push.nope", "file", "ui." + "x" * 126)
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
