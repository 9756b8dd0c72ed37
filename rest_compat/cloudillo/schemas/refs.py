"""Refs: short ids that stand for a right or an invitation."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType, field

from domain.files.keep import KEEP, Keep
from domain.models.file import AccessLevel
from domain.models.tenant import Tenant
from domain.refs.change_ref import RefChanges
from domain.refs.create_ref import RefSpec
from domain.refs.queries import RefState, SeenRef
from rest_compat.cloudillo.schemas.moments import MomentIn, iso, moment_of
from rest_compat.cloudillo.schemas.words import LINK_LEVELS, ours, theirs

PAGE = 100
REF_STATES = {state.value: state for state in RefState}


class RefOut(Struct, kw_only=True, rename="camel"):
    """A ref. createdAt: absent for guests, who see only what it is. count: uses left, absent for any number.
    redacted: refId is a digest that cannot be redeemed."""

    ref_id: str
    type: str
    description: str | UnsetType = UNSET
    resource_id: str | UnsetType = UNSET
    access_level: str | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    expires_at: str | UnsetType = UNSET
    count: int | UnsetType = UNSET
    params: str | UnsetType = UNSET
    redacted: bool | UnsetType = UNSET

    @classmethod
    def of(cls, seen: SeenRef) -> RefOut:
        ref = seen.ref
        resource_id = ref.resource.public_id if ref.resource else UNSET
        if not seen.full:
            return cls(ref_id=seen.shown_id, type=ref.kind, resource_id=resource_id)
        return cls(
            ref_id=seen.shown_id,
            type=ref.kind,
            description=ref.description or UNSET,
            resource_id=resource_id,
            access_level=theirs(LINK_LEVELS, AccessLevel(ref.level)) if ref.level else UNSET,
            created_at=iso(ref.created_at),
            expires_at=iso(ref.expires_at) if ref.expires_at else UNSET,
            count=UNSET if ref.uses_left is None else ref.uses_left,
            params=ref.params if ref.params is not None else UNSET,
            redacted=True if seen.redacted else UNSET,
        )


class RefIn(Struct, kw_only=True, rename="camel"):
    """A ref to be made. count: absent for one, null for any number. expires_at: what older clients say."""

    type: str
    description: str | None = None
    expires_at: MomentIn | None = None
    expires_at_: MomentIn | None = field(name="expires_at", default=None)
    count: int | UnsetType | None = UNSET
    resource_id: str | None = None
    access_level: str | None = None
    params: str | None = None

    def to_spec(self, tenant: Tenant) -> RefSpec:
        """InvalidInput: accessLevel, a time."""
        return RefSpec(
            kind=self.type,
            description=self.description,
            expires_at=_moment(self.expires_at_ if self.expires_at is None else self.expires_at),
            uses=1 if isinstance(self.count, UnsetType) else self.count,
            resource=self.resource_id or None,
            level=ours(LINK_LEVELS, self.access_level, "accessLevel") if self.access_level else None,
            params=self.params,
            tenant_id=tenant.id,
        )


class RefChangesIn(Struct, kw_only=True, rename="camel"):
    """What is absent stays. expiresAt null: never; count null: any number."""

    description: str | UnsetType | None = UNSET
    expires_at: MomentIn | UnsetType | None = UNSET
    expires_at_: MomentIn | UnsetType | None = field(name="expires_at", default=UNSET)
    count: int | UnsetType | None = UNSET
    params: str | UnsetType | None = UNSET

    def to_changes(self) -> RefChanges:
        when = self.expires_at_ if isinstance(self.expires_at, UnsetType) else self.expires_at
        return RefChanges(
            description=_kept(self.description),
            expires_at=KEEP if isinstance(when, UnsetType) else _moment(when),
            uses=KEEP if isinstance(self.count, UnsetType) else self.count,
            params=_kept(self.params),
        )


class RefsQuery(Struct, kw_only=True, rename="camel"):
    """filter: active, used, expired or all."""

    type: str | None = None
    filter: str | None = None
    resource_id: str | None = None
    limit: int | None = None
    offset: int = 0

    @property
    def state(self) -> RefState:
        return ours(REF_STATES, self.filter, "filter") if self.filter else RefState.ACTIVE


def _moment(when: int | str | None) -> datetime | None:
    return None if when is None else moment_of(when, "expiresAt")


def _kept(text: str | UnsetType | None) -> str | Keep | None:
    return KEEP if isinstance(text, UnsetType) else text
