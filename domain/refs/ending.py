"""The end of refs, and of what was made from them."""

from __future__ import annotations

from uuid import UUID

from tortoise.queryset import QuerySet

from domain.events import credential_revoked
from domain.models.file import Ref
from domain.unit import Unit

_NOBODY = UUID(int=0)


def ref_credential(ref: Ref) -> str:
    """Actor.credential of who came by it."""
    return f"ref:{ref.id}"


async def end_refs(unit: Unit, refs: QuerySet[Ref], reason: str) -> list[Ref]:
    """Delete them; sockets that were opened with them close."""
    ended = await refs
    for ref in ended:
        end_credential(unit, ref, reason)
        await ref.delete()
    return ended


def end_credential(unit: Unit, ref: Ref, reason: str) -> None:
    """What was made from the ref is not valid any more."""
    unit.emit(credential_revoked(ref_credential(ref), ref.created_by or _NOBODY, reason))
