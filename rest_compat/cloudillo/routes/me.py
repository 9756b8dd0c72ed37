"""Who this tenant is."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from domain.errors import NotFound
from rest_compat._kit import Call, Endpoint, Reply
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.schemas.me import IdTagOut, TenantOut


async def get_id_tag(call: Call[None]) -> Reply:
    """GET /.well-known/cloudillo/id-tag: whose host this is; without an envelope, as clients expect it."""
    if call.tenant.id_tag is None:
        raise NotFound("There is no tenant of this host.")
    body = msgspec.json.encode(IdTagOut(id_tag=call.tenant.id_tag))
    return Reply(200, body, {"content-type": "application/json"})


async def get_me(call: Call[None]) -> TenantOut | Response:
    """GET /api/me: the tenant's public profile."""
    return TenantOut.of(call.tenant, [])


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
        public=True,
        tag="Profile",
    ),
)
