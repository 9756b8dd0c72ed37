"""Tenants own resources; memberships say who may do what in them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields

from domain.models.fields import Row

if TYPE_CHECKING:
    from domain.models.user import User


class TenantRole(StrEnum):
    """What a member may do inside one tenant, strongest first."""

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


class TenantKind(StrEnum):
    """What stands behind a tenant. A person's tenant has that person as its only owner."""

    ORGANIZATION = "organization"
    PERSON = "person"
    COMMUNITY = "community"


class Tenant(Row):
    """A customer, company, person or community. slug: DNS-safe, unique on the platform.

    kind: a TenantKind. id_tag: the DNS name it is known by as an identity (a canonical U-label), None when it has none.
    picture_file_id, cover_file_id: public ids of files of its own. extra: free profile fields, text by text.
    """

    slug = fields.CharField(max_length=63, unique=True)
    name = fields.CharField(max_length=100)
    kind = fields.CharField(max_length=16, default="organization", db_default="organization")
    id_tag = fields.CharField(max_length=64, null=True, unique=True)
    picture_file_id = fields.CharField(max_length=64, null=True)
    cover_file_id = fields.CharField(max_length=64, null=True)
    extra: dict[str, str] | None = fields.JSONField(null=True)

    members: fields.ReverseRelation[Membership]

    class Meta:
        table = "tenant"
        indexes = (("name", "id"), ("created_at", "id"))


class Membership(Row):
    """One user in one tenant."""

    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="members")
    tenant_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="memberships")
    user_id: UUID
    role = fields.CharEnumField(TenantRole, max_length=16)

    class Meta:
        table = "membership"
        unique_together = (("tenant", "user"),)
        indexes = (("user_id",), ("tenant_id", "id"))
