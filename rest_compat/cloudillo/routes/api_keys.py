"""Keys of the form cl_…, for programs of one's own. Source: the server, beyond the API reference."""

from __future__ import annotations

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.queries import get_api_key, list_api_keys
from domain.accounts.revoke_api_key import revoke_api_key
from domain.errors import NotFound
from domain.paging import PageRequest
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.names import DOOR
from rest_compat.cloudillo.schemas.auth import ApiKeyOut, NewKeyIn, NewKeyOut
from rest_compat.cloudillo.schemas.moments import moment_of

TAG = "API keys"
MOST = 200


async def list_keys(call: Call[None]) -> list[ApiKeyOut]:
    """GET /api/auth/api-keys: the caller's own keys of this tenant, the oldest first."""
    request = PageRequest(MOST)
    page = await list_api_keys(
        call.actor, tenant_id=call.tenant.id, user_id=call.actor.user_id, door=DOOR, request=request
    )
    return [ApiKeyOut.of(key) for key in page.items]


async def create_key(call: Call[NewKeyIn]) -> NewKeyOut:
    """POST /api/auth/api-keys: a new key for this tenant; its text is shown this once."""
    body = call.body
    spec = KeySpec(
        door=DOOR,
        name=body.name or "",
        tenant_id=call.tenant.id,
        scopes=body.scopes,
        expires_at=None if body.expires_at is None else moment_of(body.expires_at, "expiresAt"),
    )
    key, text = await create_api_key(call.ports, call.actor, spec)
    return NewKeyOut(api_key=ApiKeyOut.of(key), plaintext_key=text)


async def delete_key(call: Call[None]) -> None:
    """DELETE /api/auth/api-keys/{id}: the key opens nothing any more."""
    key = await get_api_key(call.actor, call.path["id"])
    if key.tenant_id != call.tenant.id or key.door != DOOR or key.revoked_at is not None:
        raise NotFound("There is no such API key.", id=call.path["id"][:64])
    await revoke_api_key(call.ports, call.actor, key.id)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/auth/api-keys",
        handler=list_keys,
        success=say.data(list[ApiKeyOut], "The keys"),
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/auth/api-keys",
        handler=create_key,
        body=NewKeyIn,
        success=say.data(NewKeyOut, "The key", 201),
        secret=True,
        tag=TAG,
    ),
    Endpoint(
        method="DELETE",
        path="/api/auth/api-keys/{id}",
        handler=delete_key,
        success=say.nothing("It is revoked"),
        tag=TAG,
    ),
)
