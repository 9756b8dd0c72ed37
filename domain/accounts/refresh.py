"""Trade a refresh token for the next pair of tokens."""

from __future__ import annotations

from datetime import datetime

from domain.access import Actor
from domain.accounts.credentials import name_of, refused, revoke_sessions
from domain.accounts.digest import digest_of
from domain.accounts.sessions import ADDRESS_LENGTH, SignedIn, issue_tokens, lives_until, one_line
from domain.models.user import RefreshToken, Session
from domain.ports import Ports
from domain.unit import Unit, unit_of_work

REASON = "token_reused"


async def refresh(ports: Ports, refresh_token: str, *, address: str | None = None, door: str = "graphql") -> SignedIn:
    """Use a refresh token, once. Every use prolongs the session; its narrowing stays.

    Unauthenticated: unknown, expired, revoked. A token seen a second time was copied by somebody, so the whole session
    ends; there is no grace: of two requests with one token at the same moment one wins, and both lose the session.
    """
    if not refresh_token:
        raise refused("missing")
    token = await RefreshToken.filter(token_hash=digest_of(refresh_token)).select_related("session__user").first()
    if token is None:
        raise refused("unknown")
    now, session = ports.clock.now(), token.session
    _refuse_ended(session, now)
    actor = Actor(
        user_id=session.user_id,
        credential=name_of(session),
        door=door,
        tenant_id=session.tenant_id,
        address=one_line(address, ADDRESS_LENGTH),
    )
    async with unit_of_work(ports) as unit:
        if await RefreshToken.filter(id=token.id, used_at__isnull=True).update(used_at=now):
            return await _prolong(ports, session, now)
        await _end(unit, actor, session, now)
    raise refused("revoked")


async def _prolong(ports: Ports, session: Session, now: datetime) -> SignedIn:
    session.last_used_at, session.expires_at = now, lives_until(ports, now)
    live = Session.filter(id=session.id, revoked_at__isnull=True)
    if not await live.update(last_used_at=session.last_used_at, expires_at=session.expires_at):
        raise refused("revoked")
    return await issue_tokens(ports, session, session.user)


async def _end(unit: Unit, actor: Actor, session: Session, now: datetime) -> None:
    if await revoke_sessions(unit, Session.filter(id=session.id), now, REASON):
        await unit.audit(actor, "session.token_reused", subject=str(session.id), user=str(session.user_id))


def _refuse_ended(session: Session, now: datetime) -> None:
    if session.revoked_at is not None or session.user.disabled:
        raise refused("revoked")
    if session.expires_at <= now:
        raise refused("expired")
