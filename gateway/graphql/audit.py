"""The audit log: who did what to the security of the platform."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain.audit.queries import list_audit_log
from domain.models.audit import AuditEntry
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.paging import (
    DEFAULT_FIRST,
    After,
    Connection,
    Direction,
    First,
    Listing,
    Way,
    order_of,
    page_request,
)
from gateway.graphql.rows import of_rows


@of_rows(
    AuditEntry,
    {
        "id": "The entry's id.",
        "action": "What was done: a noun, a dot, and the past tense, such as user.signed_in.",
        "tenant_id": "The tenant it concerns; null: the platform.",
        "user_id": "Who did it; null: the platform itself, or nobody known.",
        "credential": "With what: key:<id>, session:<id>, system.",
        "door": "Through which API.",
        "subject": "The id of what it was done to.",
        "address": "The client's network address.",
        "details": "What else is known about it.",
        "created_at": "When it was done.",
    },
    name="AuditEntry",
    description="One line of the audit log.",
)
class AuditEntryType:
    details: JSON


@strawberry.input(description="Which entries. Fields that are left out do not narrow.")
class AuditFilter:
    tenant_id: strawberry.ID | None = strawberry.field(default=None, description="Of this tenant.")
    user_id: strawberry.ID | None = strawberry.field(default=None, description="Done by this user.")
    action: str | None = strawberry.field(
        default=None, description="This action, or all whose noun it is when it ends with a dot (user.)."
    )
    subject: str | None = strawberry.field(default=None, description="Done to what has this id.")
    since: datetime | None = strawberry.field(default=None, description="At this time or later.")
    until: datetime | None = strawberry.field(default=None, description="Before this time.")


@strawberry.enum(description="What the audit log is ordered by.")
class AuditOrder(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When it was done.")


Filter = Annotated[AuditFilter | None, strawberry.argument(description="Which of them; null: all in your sight.")]
OrderBy = Annotated[AuditOrder, strawberry.argument(description="What the list is ordered by.")]


@strawberry.type
class AuditQueries:
    @root(Connection[AuditEntryType] | None, "The audit log, page by page, the newest first. Needs audit:read.")
    async def audit_log(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        filter: Filter = None,
        order_by: OrderBy = AuditOrder.CREATED_AT,
        direction: Way = Direction.DESC,
    ) -> Listing[AuditEntry]:
        order, request = order_of(order_by, direction), page_request(info, first, after)
        wanted = filter or AuditFilter()
        page = await list_audit_log(
            info.context.actor,
            tenant_id=wanted.tenant_id,
            user_id=wanted.user_id,
            action=wanted.action,
            subject=wanted.subject,
            since=wanted.since,
            until=wanted.until,
            order=order,
            request=request,
        )
        return Listing(page, order, request)
