"""Let a disabled user in again."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.accounts.queries import visible_user
from domain.accounts.rights import require_over
from domain.events import user_changed
from domain.models.user import User
from domain.ports import Ports
from domain.unit import unit_of_work


async def enable_user(ports: Ports, actor: Actor, user_id: UUID | str) -> User:
    """Their API keys work again; they sign in anew. Enabled already: as it is. Needs users:write, for an owner
    platform:own."""
    require(actor, "users:write")
    user = await visible_user(actor, user_id)
    require_over(actor, user)
    async with unit_of_work(ports) as unit:
        user = await User.filter(id=user.id).select_for_update().get()
        if user.disabled:
            user.disabled = False
            await user.save(update_fields=["disabled"])
            unit.emit(user_changed(user))
            await unit.audit(actor, "user.enabled", subject=str(user.id))
    return user
