"""A tenant and its members as GraphQL shows them."""

from __future__ import annotations

import strawberry

from domain.models.tenant import Membership, Tenant, TenantKind, TenantRole
from domain.models.user import User
from domain.paging import Order
from domain.tenants.queries import list_members
from gateway.graphql.context import Info
from gateway.graphql.fields import related
from gateway.graphql.paging import DEFAULT_FIRST, After, Connection, First, Listing, page_request
from gateway.graphql.people import Person
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


TenantKindEnum = described(
    TenantKind,
    "TenantKind",
    "What stands behind a tenant.",
    {
        "ORGANIZATION": "A company, or whoever only owns resources.",
        "PERSON": "One person, its only owner.",
        "COMMUNITY": "Several people.",
    },
)


def _user(root: strawberry.Parent[Membership]) -> User:
    return root.user


@of_rows(
    Membership,
    {"role": "What they may do in the tenant.", "created_at": "When they joined."},
    name="Membership",
    description="Somebody in a tenant.",
)
class MembershipType:
    user: Person = related(_user, "Who.")


async def _members(
    root: strawberry.Parent[Tenant], info: Info, first: First = DEFAULT_FIRST, after: After = None
) -> Listing[Membership]:
    order, request = Order(), page_request(info, first, after)
    page = await list_members(info.context.actor, root.id, order=order, request=request)
    return Listing(page, order, request)


@of_rows(
    Tenant,
    {
        "id": "The tenant's id.",
        "slug": "DNS-safe name, unique on the platform.",
        "name": "Its name.",
        "kind": "What stands behind it.",
        "id_tag": "The DNS name by which it is known as an identity; its Cloudillo API answers at cl-o.<idTag>.",
        "created_at": "When it was made.",
    },
    name="Tenant",
    description="A customer, company, person or community that owns resources.",
)
class TenantType:
    kind: TenantKind
    members: Connection[MembershipType] | None = related(
        _members, "Who belongs to it, in the order they joined. Needs users:read there.", cost=10
    )
