"""Settings: our preferences."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models.tenant import Tenant
from domain.preferences.delete_preference import delete_preference
from domain.preferences.queries import get_preference, list_preferences
from domain.preferences.registry import Scope
from domain.preferences.set_preference import set_preference
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.schemas.envelope import OffsetPage
from rest_compat.cloudillo.schemas.settings import LevelQuery, SettingIn, SettingOut, SettingsQuery

SAID_LIMIT = 100
"""What the pagination says; the list is short and given whole."""


async def list_settings(call: Call[None]) -> OffsetPage:
    """GET /api/settings: every setting, or those that begin as asked; each with the value that holds."""
    query: SettingsQuery = call.query
    if query.stored_in is not None and not query.prefix:
        raise InvalidInput("level needs prefix.", field="prefix")
    found = await list_preferences(
        call.ports,
        call.actor,
        tenant_id=await _tenant_id(call, query.tenant),
        prefixes=query.prefix or (),
        stored_in=query.stored_in,
    )
    return OffsetPage([SettingOut.of(one) for one in found], 0, SAID_LIMIT, len(found))


async def get_setting(call: Call[None]) -> SettingOut:
    """GET /api/settings/{name}: the value that holds: the tenant's, else everybody's, else the default."""
    return SettingOut.of(await get_preference(call.ports, call.actor, call.path["name"], tenant_id=call.tenant.id))


async def put_setting(call: Call[SettingIn]) -> SettingOut:
    """PUT /api/settings/{name}: set it."""
    query: LevelQuery = call.query
    done = await set_preference(
        call.ports,
        call.actor,
        call.path["name"],
        call.body.given(),
        tenant_id=call.tenant.id,
        for_platform=query.stored_in is Scope.PLATFORM,
    )
    return SettingOut.of(done)


async def delete_setting(call: Call[None]) -> Response:
    """DELETE /api/settings/{name}: what is behind it holds again."""
    query: LevelQuery = call.query
    await delete_preference(
        call.ports,
        call.actor,
        call.path["name"],
        tenant_id=call.tenant.id,
        for_platform=query.stored_in is Scope.PLATFORM,
    )
    return Response(status_code=204)


async def _tenant_id(call: Call[None], id_tag: str | None) -> UUID:
    """Another tenant's are for the platform."""
    if not id_tag or id_tag == call.tenant.id_tag:
        return call.tenant.id
    if not call.actor.is_platform:
        raise Forbidden("Only the platform sees the settings of other tenants.")
    other = await Tenant.get_or_none(id_tag=id_tag[:64])
    if other is None:
        raise NotFound("There is no such tenant.")
    return other.id


TAG = "Settings"
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/settings",
        handler=list_settings,
        success=say.page(SettingOut, "Settings"),
        query=SettingsQuery,
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/settings/{name}",
        handler=get_setting,
        success=say.data(SettingOut, "The setting"),
        tag=TAG,
    ),
    Endpoint(
        method="PUT",
        path="/api/settings/{name}",
        handler=put_setting,
        success=say.data(SettingOut, "The setting as it is now"),
        body=SettingIn,
        query=LevelQuery,
        tag=TAG,
    ),
    Endpoint(
        method="DELETE",
        path="/api/settings/{name}",
        handler=delete_setting,
        success=say.nothing("It is not set any more", status=204),
        query=LevelQuery,
        tag=TAG,
    ),
)
