"""Write a new password, and end what the old one opened."""

from __future__ import annotations

from uuid import UUID

from domain.accounts.credentials import revoke_sessions
from domain.models.user import PasswordReset, Session, User
from domain.ports import Ports
from domain.unit import Unit

REASON = "password_changed"


async def write_password(
    ports: Ports, unit: Unit, user_id: UUID, password_hash: str, *, spared_session_id: UUID | None = None
) -> User:
    """Inside a running unit: the hash is set, open resets are void, all sessions but the spared one end.

    API keys live on: they are secrets of their own, and are revoked one by one.
    """
    now = ports.clock.now()
    user = await User.filter(id=user_id).select_for_update().get()
    user.password_hash, user.password_changed_at = password_hash, now
    await user.save(update_fields=["password_hash", "password_changed_at"])
    await PasswordReset.filter(user_id=user_id, used_at__isnull=True).delete()
    sessions = Session.filter(user_id=user_id)
    if spared_session_id is not None:
        sessions = sessions.exclude(id=spared_session_id)
    await revoke_sessions(unit, sessions, now, REASON)
    return user
