"""Who may change or end a ref."""

from __future__ import annotations

from domain.access import Actor, may
from domain.errors import Forbidden, NotFound
from domain.models.file import Ref
from domain.ports import Ports
from domain.refs.create_ref import get_linkable_file
from domain.refs.kinds import SHARE_FILE, require_to_make
from domain.refs.queries import find_ref


async def get_managed_ref(ports: Ports, actor: Actor, ref_id: str) -> Ref:
    """One that the actor could have made; who knows its id is told Forbidden, not NotFound. With .resource."""
    ref = await find_ref(ref_id)
    if actor.file_scope is not None or (actor.user_id is None and not actor.is_platform):
        raise Forbidden("Only a person signed in can change refs.")
    if ref.kind != SHARE_FILE:
        require_to_make(actor, ref.tenant_id, ref.kind)
    elif ref.resource is None:
        if not may(actor, "files:write", ref.tenant_id):
            raise Forbidden("This link is not yours.")
    else:
        try:
            await get_linkable_file(ports, actor, ref.resource.id, None)
        except NotFound as exc:
            raise Forbidden("This link is not yours.") from exc
    return ref
