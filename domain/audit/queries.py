"""Read the audit log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.access import Actor, may, parse_id, require
from domain.errors import InvalidInput, NotFound
from domain.models.audit import AuditEntry
from domain.paging import Order, Page, PageRequest, page_of
from domain.tenants.naming import clean_line

NEWEST_FIRST = Order(descending=True)
FIRST_PAGE = PageRequest()


async def list_audit_log(
    actor: Actor,
    *,
    tenant_id: UUID | str | None = None,
    user_id: UUID | str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    order: Order = NEWEST_FIRST,
    request: PageRequest = FIRST_PAGE,
) -> Page[AuditEntry]:
    """Entries of the tenants where the actor has audit:read; for the platform all, also those of no tenant.

    user_id: who did it. action: as written, or its first part with a dot ("user."). subject: the id it was done to.
    since and until are aware, since included. NotFound: a tenant that is not the actor's.
    """
    require(actor, "audit:read")
    if order.column != "created_at":
        raise InvalidInput("The audit log is ordered by created_at.", field="order")
    rows = AuditEntry.all()
    if tenant_id is not None:
        rows = rows.filter(tenant_id=_tenant_in_sight(actor, tenant_id))
    elif not actor.is_platform:
        rows = rows.filter(tenant_id__in=[own for own in actor.memberships if may(actor, "audit:read", own)])
    if user_id is not None:
        rows = rows.filter(user_id=parse_id(user_id, "user"))
    if action is not None:
        wanted = clean_line(action, "action", 48)
        rows = rows.filter(**{"action__startswith" if wanted.endswith(".") else "action": wanted})
    if subject is not None:
        rows = rows.filter(subject=clean_line(subject, "subject", 128))
    if since is not None:
        rows = rows.filter(created_at__gte=_aware(since, "since"))
    if until is not None:
        rows = rows.filter(created_at__lt=_aware(until, "until"))
    return await page_of(rows, order, request)


def _tenant_in_sight(actor: Actor, tenant_id: UUID | str) -> UUID:
    chosen = parse_id(tenant_id, "tenant")
    if not actor.is_platform and chosen not in actor.memberships:
        raise NotFound("There is no such tenant.", id=str(tenant_id))
    require(actor, "audit:read", chosen)
    return chosen


def _aware(moment: datetime, field: str) -> datetime:
    if moment.tzinfo is None:
        raise InvalidInput(f"{field} needs its time zone.", field=field)
    return moment
