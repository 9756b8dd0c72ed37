"""The tenant as the world sees it."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from domain.models.tenant import Tenant, TenantKind


class IdTagOut(Struct, kw_only=True, rename="camel"):
    """Whose host this is."""

    id_tag: str


class KeyOut(Struct, kw_only=True, rename="camel"):
    """A key with which the tenant signs. publicKey: base64 of its SubjectPublicKeyInfo (P-384)."""

    key_id: str
    public_key: str
    expires_at: str | UnsetType = UNSET


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


def type_of(tenant: Tenant) -> str:
    """Cloudillo knows no organizations: to it they are communities."""
    return "person" if tenant.kind == TenantKind.PERSON else "community"
