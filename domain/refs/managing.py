"""Who may change or end a ref."""

from __future__ import annotations

from domain.access import Actor, require
from domain.errors import Forbidden, NotFound
from domain.models.file import Ref
from domain.ports import Ports
from domain.refs.create_ref import get_linkable_file
from domain.refs.kinds import SHARE_FILE, require_to_make
from domain.refs.queries import find_ref


async def get_managed_ref(ports: Ports, actor: Actor, ref_id: str) -> Ref:
    """One that the actor could have made, with .resource. Forbidden: they could not have, as members of its tenant.
    NotFound: others."""
    ref = await find_ref(ref_id)
    try:
        await _require_to_manage(ports, actor, ref)
    except (Forbidden, NotFound) as exc:
        if actor.is_platform or ref.tenant_id in actor.memberships:
            raise Forbidden("This ref is not yours to change.") from exc
        raise NotFound("There is no such ref.", id=ref_id) from exc
    return ref


async def _require_to_manage(ports: Ports, actor: Actor, ref: Ref) -> None:
    if actor.file_scope is not None:
        raise Forbidden("This credential is for one file.")
    if ref.kind != SHARE_FILE:
        require_to_make(actor, ref.tenant_id, ref.kind)
    elif ref.resource is None:
        require(actor, "files:write", ref.tenant_id)
    else:
        await get_linkable_file(ports, actor, ref.resource.id, None)
