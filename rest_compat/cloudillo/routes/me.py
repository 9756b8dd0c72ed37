"""Who this tenant is."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from domain.errors import NotFound
from domain.tenants.change_profile import change_profile
from domain.tenants.signing_keys import published_keys
from rest_compat._kit import Call, Endpoint, Reply, Told
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.schemas.me import ChangedMeOut, ChangeMeIn, IdTagOut, KeyOut, ProfileOut, TenantOut


async def get_id_tag(call: Call[None]) -> Reply:
    """GET /.well-known/cloudillo/id-tag: whose host this is; without an envelope, as clients expect it."""
    if call.tenant.id_tag is None:
        raise NotFound("There is no tenant of this host.")
    body = msgspec.json.encode(IdTagOut(id_tag=call.tenant.id_tag))
    return Reply(200, body, {"content-type": "application/json"})


async def get_me(call: Call[None]) -> Told | Response:
    """GET /api/me: the tenant's public profile, with the keys by which what it signs can be checked."""
    keys = await published_keys(call.ports, call.tenant.id)
    shown = TenantOut.of(call.tenant, [KeyOut.of(key) for key in keys])
    etag = f'"{hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in call.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Told(shown, headers=headers)


async def change_me(call: Call[ChangeMeIn]) -> ChangedMeOut:
    """PATCH /api/me: another name, free fields set (or taken away: null)."""
    body = call.body
    name = None if body.name is UNSET else body.name
    extra = None if body.x is UNSET else body.x
    tenant = await change_profile(call.ports, call.actor, call.tenant.id, name=name, extra=extra)
    return ChangedMeOut(profile=ProfileOut.of(tenant))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/.well-known/cloudillo/id-tag",
        handler=get_id_tag,
        success=say.raw("The tenant's id tag", "application/json"),
        public=True,
        tag="Profile",
    ),
    Endpoint(
        method="GET",
        path="/api/me",
        handler=get_me,
        success=say.data(TenantOut, "The tenant's public profile"),
        guests=True,
        forgiving=True,
        tag="Profile",
    ),
    Endpoint(
        method="PATCH",
        path="/api/me",
        handler=change_me,
        body=ChangeMeIn,
        success=say.data(ChangedMeOut, "The profile as it is now"),
        tag="Profile",
    ),
)
