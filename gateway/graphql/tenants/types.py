"""A tenant and its members as GraphQL shows them."""

from __future__ import annotations

from domain.models.tenant import Tenant, TenantRole
from gateway.graphql.rows import described, of_rows

TenantRoleEnum = described(
    TenantRole,
    "TenantRole",
    "What a member may do inside one tenant.",
    {
        "OWNER": "Everything of the tenant.",
        "ADMIN": "Members and settings, and all that an operator may.",
        "OPERATOR": "Instances and their operations; no members or settings.",
        "VIEWER": "Read only.",
    },
)


@of_rows(
    Tenant,
    {
        "id": "The tenant's id.",
        "slug": "DNS-safe name, unique on the platform.",
        "name": "Its name.",
        "created_at": "When it was made.",
    },
    name="Tenant",
    description="A customer, company, person or community that owns resources.",
)
class TenantType: ...
