"""Read users, their keys and their sessions."""

from __future__ import annotations

from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from domain.access import Actor, may, parse_id, require
from domain.accounts.naming import EMAIL_LENGTH, EXTERNAL_ID_LENGTH, USERNAME_LENGTH, key_of
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models.tenant import Membership
from domain.models.user import ApiKey, PlatformRole, Session, User
from domain.paging import Order, Page, PageRequest, page_of
from domain.tenants.naming import clean_line

_LONGEST = {"email_key": EMAIL_LENGTH, "username_key": USERNAME_LENGTH, "external_id": EXTERNAL_ID_LENGTH}
USER_ORDERS = ("created_at", "username_key")
OLDEST_FIRST = Order()
FIRST_PAGE = PageRequest()


def tenants_where(actor: Actor, scope: str) -> list[UUID]:
    """The actor's own tenants in which they have the scope."""
    return [tenant_id for tenant_id in actor.memberships if may(actor, scope, tenant_id)]


def visible_users(actor: Actor) -> QuerySet[User]:
    """Everybody for the platform; else oneself, and the members of tenants where one has users:read."""
    if actor.is_platform:
        return User.all()
    members = Membership.filter(tenant_id__in=tenants_where(actor, "users:read")).values("user_id")
    return User.filter(Q(id=actor.user_id) | Q(id__in=Subquery(members)))


async def visible_user(actor: Actor, user_id: UUID | str) -> User:
    """NotFound when they do not exist or are none of the actor's business."""
    found = await visible_users(actor).filter(id=parse_id(user_id, "user")).first()
    if found is None:
        raise NotFound("There is no such user.", id=str(user_id))
    return found


async def get_user(actor: Actor, user_id: UUID | str) -> User:
    """Anybody may look at themselves; others need users:read, and are seen by their tenant's admins or the platform."""
    if parse_id(user_id, "user") != actor.user_id:
        require(actor, "users:read")
    return await visible_user(actor, user_id)


async def find_user_by(
    actor: Actor, *, email: str | None = None, username: str | None = None, external_id: str | None = None
) -> User | None:
    """By exactly one of them; letter case matters in external_id only. Needs users:read."""
    require(actor, "users:read")
    given = {"email_key": email, "username_key": username, "external_id": external_id}
    wanted = [(column, value) for column, value in given.items() if value is not None]
    if len(wanted) != 1:
        raise InvalidInput("Search by exactly one of email, username and external_id.")
    column, value = wanted[0]
    key = value.strip() if column == "external_id" else key_of(value)
    if not key.isprintable() or len(key) > _LONGEST[column]:
        return None
    return await visible_users(actor).filter(**{column: key}).first()


async def list_users(
    actor: Actor,
    *,
    tenant_id: UUID | str | None = None,
    search: str | None = None,
    disabled: bool | None = None,
    platform_role: PlatformRole | None = None,
    order: Order = OLDEST_FIRST,
    request: PageRequest = FIRST_PAGE,
) -> Page[User]:
    """search: the start of the username or e-mail. tenant_id: its members. Orders: created_at, username_key."""
    require(actor, "users:read")
    if order.column not in USER_ORDERS:
        raise InvalidInput(f"Users are ordered by {' or '.join(USER_ORDERS)}.", field="order")
    rows = visible_users(actor)
    if tenant_id is not None:
        require_in_sight(actor, "users:read", tenant_id)
        members = Membership.filter(tenant_id=parse_id(tenant_id, "tenant")).values("user_id")
        rows = rows.filter(id__in=Subquery(members))
    if search:
        key = key_of(clean_line(search, "search", EMAIL_LENGTH))
        rows = rows.filter(Q(username_key__startswith=key) | Q(email_key__startswith=key))
    if disabled is not None:
        rows = rows.filter(disabled=disabled)
    if platform_role is not None:
        rows = rows.filter(platform_role=platform_role)
    return await page_of(rows, order, request)


def require_in_sight(actor: Actor, scope: str, tenant_id: UUID | str) -> UUID:
    """The tenant to filter by. NotFound when it is not the actor's; Forbidden when they lack the scope in it."""
    chosen = parse_id(tenant_id, "tenant")
    if not actor.is_platform and chosen not in actor.memberships:
        raise NotFound("There is no such tenant.", id=str(tenant_id))
    require(actor, scope, chosen)
    return chosen


def visible_keys(actor: Actor) -> QuerySet[ApiKey]:
    """One's own, those of tenants where one has keys:read, and for the platform all. A credential narrowed to scopes
    without keys:read sees none."""
    if actor.is_platform and may(actor, "keys:read"):
        return ApiKey.all()
    of_tenants = Q(tenant_id__in=tenants_where(actor, "keys:read"))
    if actor.user_id is None or (actor.scopes is not None and "keys:read" not in actor.scopes):
        return ApiKey.filter(of_tenants)
    return ApiKey.filter(of_tenants | Q(user_id=actor.user_id))


async def get_api_key(actor: Actor, key_id: UUID | str) -> ApiKey:
    """With .user. NotFound when it does not exist or is not theirs to see."""
    found = await visible_keys(actor).filter(id=parse_id(key_id, "API key")).select_related("user").first()
    if found is None:
        raise NotFound("There is no such API key.", id=str(key_id))
    return found


async def list_api_keys(
    actor: Actor,
    *,
    tenant_id: UUID | str | None = None,
    user_id: UUID | str | None = None,
    door: str | None = None,
    with_revoked: bool = False,
    order: Order = OLDEST_FIRST,
    request: PageRequest = FIRST_PAGE,
) -> Page[ApiKey]:
    """Keys in sight, with .user. Ordered by created_at."""
    if order.column != "created_at":
        raise InvalidInput("API keys are ordered by created_at.", field="order")
    rows = visible_keys(actor)
    if tenant_id is not None:
        rows = rows.filter(tenant_id=parse_id(tenant_id, "tenant"))
    if user_id is not None:
        rows = rows.filter(user_id=parse_id(user_id, "user"))
    if door is not None:
        rows = rows.filter(door=clean_line(door, "door", 24))
    if not with_revoked:
        rows = rows.filter(revoked_at__isnull=True)
    return await page_of(rows.select_related("user"), order, request)


async def list_sessions(
    actor: Actor,
    *,
    user_id: UUID | str | None = None,
    with_ended: bool = False,
    order: Order = OLDEST_FIRST,
    request: PageRequest = FIRST_PAGE,
) -> Page[Session]:
    """user_id None: one's own, which a credential narrowed to scopes may not see. Others' are the platform's to see
    (users:read). An expired session is listed until it is pruned. Ordered by created_at."""
    if order.column != "created_at":
        raise InvalidInput("Sessions are ordered by created_at.", field="order")
    rows = Session.filter(user_id=await _whose_sessions(actor, user_id))
    if not with_ended:
        rows = rows.filter(revoked_at__isnull=True)
    return await page_of(rows, order, request)


async def _whose_sessions(actor: Actor, user_id: UUID | str | None) -> UUID:
    chosen = actor.user_id if user_id is None else parse_id(user_id, "user")
    if chosen is None:
        raise InvalidInput("Say whose sessions.", field="user_id")
    if chosen == actor.user_id:
        if actor.scopes is not None:
            raise Forbidden("This credential is limited to scopes and cannot see sessions.")
        return chosen
    require(actor, "users:read")
    if not actor.is_platform:
        raise NotFound("There is no such user.", id=str(user_id))
    return (await visible_user(actor, chosen)).id
