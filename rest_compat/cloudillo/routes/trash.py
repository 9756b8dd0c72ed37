"""The trash; its list is that of files in __trash__."""

from __future__ import annotations

from domain.trash.empty_trash import empty_trash as delete_all
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.schemas.trash import EmptiedOut


async def empty_trash(call: Call[None]) -> EmptiedOut:
    """DELETE /api/trash: everything in it is gone for good."""
    return EmptiedOut(deleted_count=await delete_all(call.ports, call.actor, call.tenant.id))


ENDPOINTS = (
    Endpoint(
        method="DELETE",
        path="/api/trash",
        handler=empty_trash,
        success=say.data(EmptiedOut, "How many files went"),
        tag="Trash",
    ),
)
