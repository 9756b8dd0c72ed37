"""Shut a user out, without losing anything of theirs."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.accounts.credentials import name_of, revoke_sessions
from domain.accounts.queries import visible_user
from domain.accounts.rights import require_over
from domain.errors import Conflict
from domain.events import credential_revoked, user_changed
from domain.models.user import ApiKey, PlatformRole, Session, User
from domain.ports import Ports
from domain.unit import Unit, unit_of_work

REASON = "disabled"


async def disable_user(ports: Ports, actor: Actor, user_id: UUID | str) -> User:
    """Sessions end; API keys rest until the user is enabled again. Disabled already: as it is.

    Needs users:write, for an owner platform:own. Conflict: oneself, or the last owner of the platform.
    """
    require(actor, "users:write")
    user = await visible_user(actor, user_id)
    require_over(actor, user)
    if user.id == actor.user_id:
        raise Conflict("Nobody disables themselves.", reason="oneself")
    async with unit_of_work(ports) as unit:
        await _refuse_last_owner(user)
        user = await User.filter(id=user.id).select_for_update().get()
        if not user.disabled:
            user.disabled = True
            await user.save(update_fields=["disabled"])
            await _end_credentials(ports, unit, user)
            unit.emit(user_changed(user))
            await unit.audit(actor, "user.disabled", subject=str(user.id))
    return user


async def _refuse_last_owner(user: User) -> None:
    """The platform's owners are locked, so that two of them cannot disable each other at the same time."""
    if user.platform_role is not PlatformRole.OWNER:
        return
    rows = User.filter(platform_role=PlatformRole.OWNER, disabled=False)
    active = await rows.select_for_update().order_by("id")
    if [owner.id for owner in active] == [user.id]:
        raise Conflict("The platform keeps at least one owner.", reason="last_owner")


async def _end_credentials(ports: Ports, unit: Unit, user: User) -> None:
    """Keys are told of as revoked, since what is open with them must close, but are kept."""
    await revoke_sessions(unit, Session.filter(user_id=user.id), ports.clock.now(), REASON)
    for key in await ApiKey.filter(user_id=user.id, revoked_at__isnull=True):
        unit.emit(credential_revoked(name_of(key), user.id, REASON))
