"""One good request for every endpoint: what the walk over all of them sends, and the proof in the coverage page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.domain.people import PASSWORD
from tests.rest_compat.cloudillo.authenticator import Authenticator
from tests.rest_compat.cloudillo.town import ALICE, Town, bearer

PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@dataclass(frozen=True)
class Sample:
    """path: the endpoint's template; at: the values in it. content: a body that is no JSON, with its type.
    signed: whether alice's token is sent. before: what must have happened first. raw: the answer has no envelope."""

    method: str
    path: str
    at: Mapping[str, str] = field(default_factory=dict)
    send: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: tuple[str, bytes] | None = None
    signed: bool = True
    before: str = ""
    raw: bool = False

    async def prepare(self, client: httpx2.AsyncClient, town: Town) -> Town:
        """The town, with what had to happen first among its values."""
        if not self.before:
            return town
        extra = await BEFORE[self.before](client, town)
        return Town(town.tenants, town.people, town.tokens, {**town.values, **extra})

    async def run(self, client: httpx2.AsyncClient, town: Town, headers: Mapping[str, str]) -> httpx2.Response:
        """Send it. headers: with the credential, if any."""
        path = self.path.format(**town.filled(dict(self.at)))
        sent = {**town.filled(dict(self.headers)), **headers}
        query = town.filled(dict(self.query))
        if self.content is not None:
            sent["content-type"] = self.content[0]
            return await client.request(self.method, path, content=self.content[1], params=query, headers=sent)
        sent.setdefault("content-type", "application/json")
        if self.send is None:
            return await client.request(self.method, path, params=query, headers=sent)
        return await client.request(self.method, path, json=town.filled(self.send), params=query, headers=sent)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


async def _upload(client: httpx2.AsyncClient, town: Town) -> dict[str, str]:
    headers = {**bearer(town.token()), "content-type": "image/png"}
    made = await client.post("/api/files/orig-only/dot.png", content=PICTURE, headers=headers)
    blob = made.json()["data"]["fileId"]
    shown = await client.get(f"/api/files/{blob}", headers=bearer(town.token()))
    return {"blob": blob, "variant": shown.headers["etag"].strip('"')}


async def _registration(client: httpx2.AsyncClient, town: Town) -> dict[str, Any]:
    asked = (await client.get("/api/auth/wa/reg-challenge", headers=bearer(town.token()))).json()["data"]
    answer = Authenticator(f"https://cl-o.{ALICE}").register(asked["options"])
    return {"wa_token": asked["token"], "wa_answer": answer}


async def _passkey(client: httpx2.AsyncClient, town: Town) -> dict[str, Any]:
    asked = (await client.get("/api/auth/wa/reg-challenge", headers=bearer(town.token()))).json()["data"]
    authenticator = Authenticator(f"https://cl-o.{ALICE}")
    body = {"token": asked["token"], "response": authenticator.register(asked["options"])}
    await client.post("/api/auth/wa/reg", json=body, headers=bearer(town.token()))
    wanted = (await client.get("/api/auth/wa/login-challenge")).json()["data"]
    return {"wa_token": wanted["token"], "wa_answer": authenticator.sign(wanted["options"])}


BEFORE = {"upload": _upload, "registration": _registration, "passkey": _passkey}
FILE = {"id": "{document}"}

SAMPLES = (
    Sample("POST", "/api/auth/login", send={"idTag": ALICE, "password": PASSWORD}, signed=False),
    Sample("POST", "/api/auth/login-init", send={}),
    Sample("POST", "/api/auth/logout", send={}),
    Sample("POST", "/api/auth/password", send={"currentPassword": PASSWORD, "newPassword": "another one, longer"}),
    Sample("GET", "/api/auth/login-token"),
    Sample("GET", "/api/auth/access-token", query={"scope": "file:{document}:R"}),
    Sample("GET", "/api/auth/proxy-token", query={"idTag": "bob.example.org"}),
    Sample("POST", "/api/auth/qr-login/init", send={}, signed=False),
    Sample(
        "GET",
        "/api/auth/qr-login/{id}/status",
        at={"id": "{qr}"},
        query={"timeout": "0"},
        headers={"x-qr-secret": "{qr_secret}"},
        signed=False,
    ),
    Sample("GET", "/api/auth/qr-login/{id}/details", at={"id": "{qr}"}),
    Sample("POST", "/api/auth/qr-login/{id}/respond", at={"id": "{qr}"}, send={"approved": True}),
    Sample("GET", "/api/auth/api-keys"),
    Sample("POST", "/api/auth/api-keys", send={"name": "a program"}),
    Sample("DELETE", "/api/auth/api-keys/{id}", at={"id": "{key}"}),
    Sample("GET", "/api/auth/wa/reg"),
    Sample("GET", "/api/auth/wa/reg-challenge"),
    Sample("POST", "/api/auth/wa/reg", send={"token": "{wa_token}", "response": "{wa_answer}"}, before="registration"),
    Sample("DELETE", "/api/auth/wa/reg/{id}", at={"id": "{passkey}"}),
    Sample("GET", "/api/auth/wa/login-challenge", signed=False),
    Sample(
        "POST",
        "/api/auth/wa/login",
        send={"token": "{wa_token}", "response": "{wa_answer}"},
        signed=False,
        before="passkey",
    ),
    Sample("GET", "/.well-known/cloudillo/id-tag", signed=False, raw=True),
    Sample("GET", "/api/me", signed=False),
    Sample("PATCH", "/api/me", send={"name": "Alice A.", "x": {"city": "Dom"}}),
    Sample("PUT", "/api/me/image", content=("image/png", PICTURE)),
    Sample("PUT", "/api/me/cover", content=("image/png", PICTURE)),
    Sample("GET", "/api/files", query={"fileTp": "CRDT,RTDB", "limit": "2"}),
    Sample("POST", "/api/files", send={"fileTp": "CRDT", "fileName": "new"}),
    Sample(
        "POST",
        "/api/files/{preset}/{file_name}",
        at={"preset": "default", "file_name": "dot.png"},
        content=("image/png", PICTURE),
    ),
    Sample("GET", "/api/files/{id}", at={"id": "{blob}"}, before="upload", raw=True),
    Sample("GET", "/api/files/variant/{variant_id}", at={"variant_id": "{variant}"}, before="upload", raw=True),
    Sample("GET", "/api/files/{id}/descriptor", at={"id": "{blob}"}, before="upload"),
    Sample("GET", "/api/files/{id}/metadata", at=FILE),
    Sample("PATCH", "/api/files/{id}", at=FILE, send={"fileName": "renamed"}),
    Sample("DELETE", "/api/files/{id}", at=FILE),
    Sample("POST", "/api/files/{id}/duplicate", at=FILE, send={}),
    Sample("POST", "/api/files/{id}/restore", at={"id": "{waste}"}, send={}),
    Sample("PATCH", "/api/files/{id}/user", at=FILE, send={"starred": True}),
    Sample("PUT", "/api/files/{id}/tag/{tag}", at={**FILE, "tag": "blue"}),
    Sample("DELETE", "/api/files/{id}/tag/{tag}", at={**FILE, "tag": "red"}),
    Sample("GET", "/api/tags", query={"withCounts": "true"}),
    Sample("DELETE", "/api/trash"),
    Sample("GET", "/api/shares", query={"subjectType": "F", "subjectId": "{document}"}),
    Sample("GET", "/api/files/{id}/shares", at=FILE),
    Sample(
        "POST",
        "/api/files/{id}/shares",
        at=FILE,
        send={"subjectType": "U", "subjectId": "bob.example.org", "permission": "R"},
    ),
    Sample("PATCH", "/api/files/{id}/shares/{share_id}", at={**FILE, "share_id": "{share}"}, send={"permission": "W"}),
    Sample("DELETE", "/api/files/{id}/shares/{share_id}", at={**FILE, "share_id": "{share}"}),
    Sample("GET", "/api/refs"),
    Sample("POST", "/api/refs", send={"type": "share.file", "resourceId": "{document}", "accessLevel": "read"}),
    Sample("GET", "/api/refs/{ref_id}", at={"ref_id": "{ref}"}),
    Sample("PATCH", "/api/refs/{ref_id}", at={"ref_id": "{ref}"}, send={"description": "for all"}),
    Sample("DELETE", "/api/refs/{ref_id}", at={"ref_id": "{ref}"}),
    Sample("GET", "/api/settings", query={"prefix": "profile"}),
    Sample("GET", "/api/settings/{name}", at={"name": "profile.lang"}),
    Sample("PUT", "/api/settings/{name}", at={"name": "ui.theme"}, send={"value": "dark"}),
    Sample("DELETE", "/api/settings/{name}", at={"name": "ui.theme"}, raw=True),
)
