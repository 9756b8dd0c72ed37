"""Give a user a new password, by the platform."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.accounts.new_password import write_password
from domain.accounts.passwords import MIN_LENGTH, check_password, hash_password
from domain.accounts.queries import visible_user
from domain.accounts.rights import require_over
from domain.models.user import User
from domain.ports import Ports
from domain.unit import unit_of_work


async def set_password(
    ports: Ports, actor: Actor, user_id: UUID | str, new: str, *, min_length: int = MIN_LENGTH
) -> User:
    """Needs users:write, for an owner platform:own. Ends all of the user's sessions. InvalidInput: the password."""
    require(actor, "users:write")
    user = await visible_user(actor, user_id)
    require_over(actor, user)
    check_password(new, min_length, field="new")
    password_hash = await hash_password(new)
    async with unit_of_work(ports) as unit:
        user = await write_password(ports, unit, user.id, password_hash)
        await unit.audit(actor, "user.password_set", subject=str(user.id))
    return user
