"""Read refs."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise.expressions import Q

from domain.access import Actor, may
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.files.access import get_file, level_on
from domain.models.file import AccessLevel, Ref
from domain.ports import Ports
from domain.refs.kinds import SHARE_FILE, check_kind
from domain.text import can_be_kept

REF_ID_LENGTH = 64
LONGEST_PAGE = 200


class RefState(StrEnum):
    """ACTIVE: can be redeemed. USED: no use is left. EXPIRED: its time is over."""

    ACTIVE = "active"
    USED = "used"
    EXPIRED = "expired"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class SeenRef:
    """A ref as the actor sees it, with .ref.resource. shown_id: the ref's id, or (redacted) a digest that cannot be
    redeemed. full: otherwise only id and kind are the actor's to see."""

    ref: Ref
    shown_id: str
    full: bool = True
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class RefListing:
    """total: how many there are on all pages."""

    items: list[SeenRef]
    total: int


async def get_ref(ports: Ports, actor: Actor, ref_id: str, *, tenant_id: UUID | None = None) -> SeenRef:
    """By its id, which is the secret: expired and used up ones, too. Who is no member of its tenant sees what it is, no
    more. NotFound: also when it is not of the tenant named."""
    ref = await find_ref(ref_id)
    if tenant_id is not None and ref.tenant_id != tenant_id:
        raise NotFound("There is no such ref.", id=ref_id)
    return SeenRef(ref, ref.ref_id, full=actor.is_platform or ref.tenant_id in actor.memberships)


async def find_ref(ref_id: str) -> Ref:
    """With .resource; whose it is is not asked. NotFound."""
    fits = 1 <= len(ref_id) <= REF_ID_LENGTH and can_be_kept(ref_id)
    found = await Ref.get_or_none(ref_id=ref_id).select_related("resource") if fits else None
    if found is None:
        raise NotFound("There is no such ref.", id=ref_id[:REF_ID_LENGTH])
    return found


async def list_refs(
    ports: Ports,
    actor: Actor,
    tenant_id: UUID,
    *,
    kind: str | None = None,
    state: RefState = RefState.ACTIVE,
    resource: UUID | str | None = None,
    first: int = 100,
    offset: int = 0,
) -> RefListing:
    """Newest first. Of a file: its links, to those who may read it; their ids to those who may write it. Otherwise
    one's own, and with files:write links to the tenant's files, with members:write the rest of the tenant's.

    Forbidden: nobody is signed in, or a credential for one file. NotFound: the file. InvalidInput: kind, first, offset.
    """
    if actor.file_scope is not None or (actor.user_id is None and not actor.is_platform):
        raise Forbidden("Only a person signed in can list refs.")
    if not 1 <= first <= LONGEST_PAGE or not 0 <= offset < 2**63:
        raise InvalidInput(f"first must be between 1 and {LONGEST_PAGE}.", field="first", limit=LONGEST_PAGE)
    condition = _in_state(state, ports.clock.now())
    if kind is not None:
        condition &= Q(kind=check_kind(kind))
    redacted = False
    if resource is not None:
        file = await get_file(ports, actor, resource, tenant_id=tenant_id)
        redacted = await level_on(ports, actor, file) < AccessLevel.WRITE
        rows = Ref.filter(condition, resource_id=file.id)
    else:
        rows = Ref.filter(condition, _own(actor, tenant_id), tenant_id=tenant_id)
    found = await rows.order_by("-id").offset(offset).limit(first).select_related("resource")
    return RefListing([_seen(ref, redacted) for ref in found], await rows.count())


def _own(actor: Actor, tenant_id: UUID) -> Q:
    seen = Q(created_by=actor.user_id) if actor.user_id is not None else Q(id__in=[])
    if may(actor, "files:write", tenant_id):
        seen |= Q(kind=SHARE_FILE)
    if may(actor, "members:write", tenant_id):
        seen |= ~Q(kind=SHARE_FILE)
    return seen


def _in_state(state: RefState, now: datetime) -> Q:
    unused = Q(uses_left__isnull=True) | Q(uses_left__gt=0)
    timely = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return {
        RefState.ACTIVE: unused & timely,
        RefState.USED: Q(uses_left=0),
        RefState.EXPIRED: Q(expires_at__lte=now),
        RefState.ALL: Q(),
    }[state]


def _seen(ref: Ref, redacted: bool) -> SeenRef:
    if not redacted:
        return SeenRef(ref, ref.ref_id)
    digest = base64.urlsafe_b64encode(hashlib.sha256(ref.ref_id.encode()).digest()).decode().rstrip("=")
    return SeenRef(ref, f"r1~{digest}", redacted=True)
