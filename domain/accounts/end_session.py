"""End any session: a lost phone's, or a user's whom the platform looks after."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, parse_id
from domain.accounts.credentials import revoke_sessions
from domain.accounts.rights import require_oneself, require_over
from domain.errors import NotFound
from domain.models.user import Session
from domain.ports import Ports
from domain.unit import unit_of_work


async def end_session(ports: Ports, actor: Actor, session_id: UUID | str) -> Session:
    """The ended session, with .user; ended already: as it is. Others' need users:write, owners' platform:own.

    NotFound: it does not exist, or is somebody else's and the actor is not of the platform.
    """
    if not actor.is_platform:
        require_oneself(actor)
    session = await Session.get_or_none(id=parse_id(session_id, "session")).select_related("user")
    if session is None or (session.user_id != actor.user_id and not actor.is_platform):
        raise NotFound("There is no such session.", id=str(session_id))
    if session.user_id == actor.user_id:
        require_oneself(actor)
    else:
        require_over(actor, session.user)
    now = ports.clock.now()
    async with unit_of_work(ports) as unit:
        if await revoke_sessions(unit, Session.filter(id=session.id), now, "ended"):
            session.revoked_at, session.revoked_reason = now, "ended"
            await unit.audit(actor, "session.ended", subject=str(session.id), user=str(session.user_id))
    return session
