"""Refs: short ids that stand for a right or an invitation."""

from __future__ import annotations

from domain.refs.change_ref import change_ref as alter_ref
from domain.refs.create_ref import create_ref as make_ref
from domain.refs.delete_ref import delete_ref as end_ref
from domain.refs.queries import LONGEST_PAGE, SeenRef
from domain.refs.queries import get_ref as look_up
from domain.refs.queries import list_refs as find_refs
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.schemas.envelope import OffsetPage
from rest_compat.cloudillo.schemas.refs import PAGE, RefChangesIn, RefIn, RefOut, RefsQuery


async def list_refs(call: Call[None]) -> OffsetPage:
    """GET /api/refs: the caller's, newest first; or the links to a file."""
    query: RefsQuery = call.query
    limit = min(PAGE if query.limit is None else query.limit, LONGEST_PAGE)
    found = await find_refs(
        call.ports,
        call.actor,
        call.tenant.id,
        kind=query.type or None,
        state=query.state,
        resource=query.resource_id or None,
        first=limit,
        offset=query.offset,
    )
    return OffsetPage([RefOut.of(seen) for seen in found.items], query.offset, limit, found.total)


async def create_ref(call: Call[RefIn]) -> RefOut:
    """POST /api/refs: a link to a file, or an invitation."""
    ref = await make_ref(call.ports, call.actor, call.body.to_spec(call.tenant))
    return RefOut.of(SeenRef(ref, ref.ref_id))


async def get_ref(call: Call[None]) -> RefOut:
    """GET /api/refs/{ref_id}: what it is; all of it for who is signed in. Also when it cannot be redeemed any more."""
    return RefOut.of(await look_up(call.ports, call.actor, call.path["ref_id"], tenant_id=call.tenant.id))


async def change_ref(call: Call[RefChangesIn]) -> RefOut:
    """PATCH /api/refs/{ref_id}: its text, time or uses."""
    await look_up(call.ports, call.actor, call.path["ref_id"], tenant_id=call.tenant.id)
    ref = await alter_ref(call.ports, call.actor, call.path["ref_id"], call.body.to_changes())
    return RefOut.of(SeenRef(ref, ref.ref_id))


async def delete_ref(call: Call[None]) -> None:
    """DELETE /api/refs/{ref_id}: it ends, and with it what was opened by it."""
    await look_up(call.ports, call.actor, call.path["ref_id"], tenant_id=call.tenant.id)
    await end_ref(call.ports, call.actor, call.path["ref_id"])


TAG = "References"
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/refs",
        handler=list_refs,
        success=say.page(RefOut, "Refs"),
        query=RefsQuery,
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/refs",
        handler=create_ref,
        success=say.data(RefOut, "The new ref", status=201),
        body=RefIn,
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/refs/{ref_id}",
        handler=get_ref,
        success=say.data(RefOut, "What it is"),
        guests=True,
        forgiving=True,
        tag=TAG,
    ),
    Endpoint(
        method="PATCH",
        path="/api/refs/{ref_id}",
        handler=change_ref,
        success=say.data(RefOut, "The ref as it is now"),
        body=RefChangesIn,
        tag=TAG,
    ),
    Endpoint(
        method="DELETE",
        path="/api/refs/{ref_id}",
        handler=delete_ref,
        success=say.nothing("It ended"),
        tag=TAG,
    ),
)
