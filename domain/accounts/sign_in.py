"""Sign in with a password."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from domain.access import Actor
from domain.accounts.authenticate import main_tenant, memberships_of
from domain.accounts.credentials import name_of
from domain.accounts.naming import find_by_login
from domain.accounts.passwords import hash_password, needs_rehash, verify_password
from domain.accounts.sessions import (
    ADDRESS_LENGTH,
    USER_AGENT_LENGTH,
    SignedIn,
    issue_tokens,
    lives_until,
    one_line,
)
from domain.accounts.throttle import count_failure, keys_of_sign_in, refuse_throttled
from domain.errors import NotFound, Unauthenticated
from domain.models.tenant import Membership
from domain.models.user import Session, User
from domain.ports import Ports
from domain.unit import unit_of_work


async def sign_in(
    ports: Ports,
    login: str,
    password: str,
    address: str | None = None,
    user_agent: str | None = None,
    tenant: UUID | str | None = None,
    *,
    door: str = "graphql",
) -> SignedIn:
    """Open a session. login: e-mail or username. tenant: a slug or id that the session is narrowed to.

    Unauthenticated: wrong (reason wrong; an unknown user is told the same, after the same work) or disabled (told only
    to who knows the password). RateLimited: too many failures of this login or from this address. NotFound: the tenant.
    """
    throttled = keys_of_sign_in(login, address)
    await refuse_throttled(ports, throttled)
    user = await find_by_login(login)
    stranger = Actor(user_id=None, credential="anonymous", door=door, address=one_line(address, ADDRESS_LENGTH))
    if not await verify_password(user.password_hash if user else None, password) or user is None:
        await _fail(ports, stranger, user, throttled)
    await refuse_throttled(ports, throttled)  # others failed while this one was being checked
    actor = replace(stranger, user_id=user.id, tenant_id=main_tenant(await memberships_of(user.id)))
    if user.disabled:
        await _refuse_disabled(ports, actor)
    better_hash = await _better_hash(user, password)
    tenant_id = await _narrowing(user, tenant)
    signed_in = await _open(ports, actor, user, better_hash, tenant_id, one_line(user_agent, USER_AGENT_LENGTH))
    await ports.counters.clear(throttled[0])
    return signed_in


async def _open(
    ports: Ports, actor: Actor, user: User, better_hash: str | None, tenant_id: UUID | None, user_agent: str | None
) -> SignedIn:
    now = ports.clock.now()
    async with unit_of_work(ports) as unit:
        fresh = await _unchanged(user)
        if better_hash is not None and fresh.password_hash == user.password_hash:
            fresh.password_hash = better_hash
            await fresh.save(update_fields=["password_hash"])
        session = await _create_session(ports, actor, fresh, tenant_id, user_agent, now)
        await unit.audit(
            replace(actor, credential=name_of(session)), "user.signed_in", subject=str(user.id), tenant_id=tenant_id
        )
        return await issue_tokens(ports, session, fresh)


async def _create_session(
    ports: Ports, actor: Actor, user: User, tenant_id: UUID | None, user_agent: str | None, now: datetime
) -> Session:
    return await Session.create(
        user=user,
        tenant_id=tenant_id,
        door=actor.door,
        last_used_at=now,
        expires_at=lives_until(ports, now),
        address=actor.address,
        user_agent=user_agent,
    )


async def _unchanged(user: User) -> User:
    """The row, locked. A password changed or an account disabled since it was checked has ended all sessions; this
    one must not be born after that."""
    fresh = await User.filter(id=user.id).select_for_update().get_or_none()
    if fresh is None or fresh.disabled or fresh.password_changed_at != user.password_changed_at:
        raise wrong()
    return fresh


async def _narrowing(user: User, tenant: UUID | str | None) -> UUID | None:
    if tenant is None:
        return None
    rows = Membership.filter(user_id=user.id).select_related("tenant")
    for membership in await rows:
        if str(tenant) in (membership.tenant.slug, str(membership.tenant_id)):
            return membership.tenant_id
    raise NotFound("There is no such tenant.", id=str(tenant)[:64])


async def _better_hash(user: User, password: str) -> str | None:
    if user.password_hash is None or not needs_rehash(user.password_hash):
        return None
    return await hash_password(password)


def wrong() -> Unauthenticated:
    return Unauthenticated("Wrong login or password.", reason="wrong")


async def _fail(ports: Ports, stranger: Actor, user: User | None, throttled: list[str]) -> NoReturn:
    """What was typed as a login is not kept: people type passwords there."""
    exhausted = await count_failure(ports, throttled)
    tenant_id = main_tenant(await memberships_of(user.id)) if user else None
    async with unit_of_work(ports) as unit:
        await unit.audit(
            stranger,
            "user.sign_in_failed",
            subject=str(user.id) if user else None,
            tenant_id=tenant_id,
            throttled=exhausted,
        )
    raise wrong()


async def _refuse_disabled(ports: Ports, actor: Actor) -> NoReturn:
    async with unit_of_work(ports) as unit:
        await unit.audit(actor, "user.sign_in_failed", subject=str(actor.user_id), disabled=True)
    raise Unauthenticated("This account is disabled.", reason="disabled")
