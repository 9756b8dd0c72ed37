"""End the session one is signed in with."""

from __future__ import annotations

from domain.access import Actor
from domain.accounts.credentials import SESSION, id_in, revoke_sessions
from domain.accounts.rights import require_oneself
from domain.errors import InvalidInput
from domain.models.user import Session
from domain.ports import Ports
from domain.unit import unit_of_work


async def sign_out(ports: Ports, actor: Actor) -> None:
    """Its tokens stop working everywhere; ended already is fine. InvalidInput: the credential is not a session."""
    require_oneself(actor)
    session_id = id_in(actor.credential, SESSION)
    if session_id is None:
        raise InvalidInput("Only a session can sign out; an API key is revoked.")
    async with unit_of_work(ports) as unit:
        if await revoke_sessions(unit, Session.filter(id=session_id), ports.clock.now(), "signed_out"):
            await unit.audit(actor, "user.signed_out", subject=str(actor.user_id))
