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


class Tenant(Row):
    """A customer, company, person or community. slug: DNS-safe, unique on the platform."""

    slug = fields.CharField(max_length=63, unique=True)
    name = fields.CharField(max_length=100)

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
