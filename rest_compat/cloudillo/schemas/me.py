"""The tenant as the world sees it."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from domain.models.tenant import Tenant, TenantKind
from domain.models.tenant_key import TenantKey
from rest_compat.cloudillo.schemas.moments import iso


class IdTagOut(Struct, kw_only=True, rename="camel"):
    """Whose host this is."""

    id_tag: str


class KeyOut(Struct, kw_only=True, rename="camel"):
    """A key with which the tenant signs. publicKey: base64 of its SubjectPublicKeyInfo (P-384)."""

    key_id: str
    public_key: str
    expires_at: str | UnsetType = UNSET

    @classmethod
    def of(cls, key: TenantKey) -> KeyOut:
        expires_at = iso(key.expires_at) if key.expires_at else UNSET
        return cls(key_id=key.key_id, public_key=key.public_key, expires_at=expires_at)


class TenantOut(Struct, kw_only=True, rename="camel"):
    """A tenant's public profile. type: person or community."""

    id_tag: str
    name: str
    type: str
    profile_pic: str | UnsetType = UNSET
    cover_pic: str | UnsetType = UNSET
    keys: list[KeyOut]
    x: dict[str, str] | UnsetType = UNSET

    @classmethod
    def of(cls, tenant: Tenant, keys: list[KeyOut]) -> TenantOut:
        return cls(
            id_tag=tenant.id_tag or tenant.slug,
            name=tenant.name,
            type=type_of(tenant),
            profile_pic=tenant.picture_file_id or UNSET,
            cover_pic=tenant.cover_file_id or UNSET,
            keys=keys,
            x=tenant.extra or UNSET,
        )


class ProfileOut(Struct, kw_only=True, rename="camel"):
    """A profile, as profiles are shown everywhere."""

    id_tag: str
    name: str
    type: str
    profile_pic: str | UnsetType = UNSET
    x: dict[str, str] | UnsetType = UNSET

    @classmethod
    def of(cls, tenant: Tenant) -> ProfileOut:
        return cls(
            id_tag=tenant.id_tag or tenant.slug,
            name=tenant.name,
            type=type_of(tenant),
            profile_pic=tenant.picture_file_id or UNSET,
            x=tenant.extra or UNSET,
        )


class ChangeMeIn(Struct, kw_only=True):
    """What shall change. x: a field whose value is null is taken away."""

    name: str | UnsetType = UNSET
    x: dict[str, str | None] | UnsetType = UNSET


class ChangedMeOut(Struct, kw_only=True):
    """The profile as it is now."""

    profile: ProfileOut


def type_of(tenant: Tenant) -> str:
    """Cloudillo knows no organizations: to it they are communities."""
    return "person" if tenant.kind == TenantKind.PERSON else "community"
