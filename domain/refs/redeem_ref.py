"""Redeem a ref: take one of its uses."""

from __future__ import annotations

from uuid import UUID

from tortoise.expressions import F, Q

from domain.errors import InvalidInput, NotFound
from domain.models.file import FilePlace, Ref
from domain.ports import Ports
from domain.refs.kinds import SHARE_FILE
from domain.refs.queries import find_ref
from domain.unit import unit_of_work


async def redeem_ref(
    ports: Ports, tenant_id: UUID, ref_id: str, *, kind: str = SHARE_FILE, refresh: bool = False, holder: bool = False
) -> Ref:
    """The ref, with .resource and .level; one use less, whoever else redeems it at the same instant.

    refresh: takes no use, but one must be left, unless the caller is a holder: who redeemed it before and can show it.
    InvalidInput with details.reason: unknown (also: of another tenant or kind, its file in the trash), expired, used.
    """
    try:
        ref = await find_ref(ref_id)
    except NotFound as exc:
        raise _refused("unknown") from exc
    if ref.tenant_id != tenant_id or ref.kind != kind or not _points_somewhere(ref):
        raise _refused("unknown")
    if ref.expires_at is not None and ref.expires_at <= ports.clock.now():
        raise _refused("expired")
    if refresh:
        if ref.uses_left == 0 and not holder:
            raise _refused("used")
        return ref
    return await _used(ports, ref)


async def _used(ports: Ports, ref: Ref) -> Ref:
    if ref.uses_left is None:
        return ref
    async with unit_of_work(ports):
        still = Ref.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=ports.clock.now()), id=ref.id)
        if not await still.filter(uses_left__gt=0).update(uses_left=F("uses_left") - 1):
            raise _refused("used")
    ref.uses_left -= 1
    return ref


def _points_somewhere(ref: Ref) -> bool:
    if ref.kind != SHARE_FILE:
        return True
    return ref.resource is not None and ref.resource.place is not FilePlace.TRASH


def _refused(reason: str) -> InvalidInput:
    return InvalidInput("This link is not valid (any more).", field="ref_id", reason=reason)
