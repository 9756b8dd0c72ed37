"""Create a ref: a link to a file, or an invitation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Actor, target_tenant
from domain.errors import Forbidden, InvalidInput
from domain.files.access import get_file, level_on
from domain.files.naming import random_public_id
from domain.models.file import AccessLevel, File, Ref
from domain.ports import Ports
from domain.refs.kinds import SHARE_FILE, check_kind, require_to_make
from domain.shares.share_file import check_expiry
from domain.tenants.naming import clean_line
from domain.text import check_kept
from domain.unit import unit_of_work

DESCRIPTION_LENGTH = 256
PARAMS_LENGTH = 2048
MOST_USES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class RefSpec:
    """kind: one of domain.refs.kinds. uses None: any number. resource, level: of a link; level None: READ. params: a
    text for whoever redeems it."""

    kind: str
    description: str | None = None
    expires_at: datetime | None = None
    uses: int | None = 1
    resource: UUID | str | None = None
    level: AccessLevel | None = None
    params: str | None = None
    tenant_id: UUID | None = None


async def create_ref(ports: Ports, actor: Actor, spec: RefSpec) -> Ref:
    """The saved row, with .resource. A link needs WRITE on its file; account kinds members:write in the tenant;
    invitations the platform.

    InvalidInput: kind, texts, expiry, uses, a link without a file. Forbidden. NotFound: the file. A link never gives
    more than its maker has, nor ADMIN: its level is lowered.
    """
    kind = check_kind(spec.kind)
    check_expiry(ports, spec.expires_at)
    ref = Ref(
        ref_id=random_public_id(),
        kind=kind,
        description=clean_description(spec.description),
        expires_at=spec.expires_at,
        uses_left=check_uses(spec.uses),
        params=check_params(spec.params),
        created_by=actor.user_id,
    )
    if kind == SHARE_FILE:
        await _point_at(ports, actor, ref, spec)
    else:
        ref.tenant_id = target_tenant(actor, spec.tenant_id)
        require_to_make(actor, ref.tenant_id, kind)
    async with unit_of_work(ports) as unit:
        await ref.save()
        await unit.audit(actor, "ref.created", subject=str(ref.id), tenant_id=ref.tenant_id, kind=kind)
    return await Ref.get(id=ref.id).select_related("resource")


async def _point_at(ports: Ports, actor: Actor, ref: Ref, spec: RefSpec) -> None:
    if spec.resource is None:
        raise InvalidInput("A link needs a file.", field="resource")
    file = await get_linkable_file(ports, actor, spec.resource, spec.tenant_id)
    own = min(await level_on(ports, actor, file), AccessLevel.WRITE)
    wanted = AccessLevel.READ if spec.level is None else spec.level
    if wanted is AccessLevel.NONE:
        raise InvalidInput("A link gives at least the right to read.", field="level")
    ref.tenant_id, ref.resource_id, ref.level = file.tenant_id, file.id, int(min(wanted, own))


async def get_linkable_file(ports: Ports, actor: Actor, reference: UUID | str, tenant_id: UUID | None) -> File:
    """A file whose links the actor may make and end. Forbidden: less than WRITE, or a credential for one file."""
    if actor.file_scope is not None:
        raise Forbidden("This credential is for one file and cannot share it.")
    return await get_file(ports, actor, reference, AccessLevel.WRITE, tenant_id=tenant_id)


def clean_description(description: str | None) -> str | None:
    """None for an empty one."""
    if description is None or not description.strip():
        return None
    return clean_line(description, "description", DESCRIPTION_LENGTH)


def check_uses(uses: int | None) -> int | None:
    if uses is not None and not 0 <= uses <= MOST_USES:
        raise InvalidInput("uses must not be negative.", field="uses")
    return uses


def check_params(params: str | None) -> str | None:
    if params is not None:
        check_kept(params, "params", PARAMS_LENGTH)
    return params
