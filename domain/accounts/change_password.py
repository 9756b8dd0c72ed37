"""Change one's own password."""

from __future__ import annotations

from domain.access import Actor
from domain.accounts.credentials import SESSION, id_in
from domain.accounts.new_password import write_password
from domain.accounts.passwords import MIN_LENGTH, check_password, hash_password, verify_password
from domain.accounts.rights import require_oneself
from domain.accounts.throttle import count_failure, refuse_throttled
from domain.errors import Forbidden
from domain.models.user import User
from domain.ports import Ports
from domain.unit import unit_of_work


async def change_password(ports: Ports, actor: Actor, current: str, new: str, *, min_length: int = MIN_LENGTH) -> User:
    """Needs the current password, guessed at as seldom as at sign-in. Ends the person's other sessions.

    Forbidden: the current one is wrong (details.field current). InvalidInput: the new one. RateLimited.
    """
    user_id = require_oneself(actor)
    check_password(new, min_length, field="new")
    throttled = [f"change-password:{user_id}"]
    await refuse_throttled(ports, throttled)
    user = await User.get(id=user_id)
    if not await verify_password(user.password_hash, current):
        await count_failure(ports, throttled)
        async with unit_of_work(ports) as unit:
            await unit.audit(actor, "user.password_change_failed", subject=str(user_id))
        raise Forbidden("The current password is wrong.", field="current")
    await refuse_throttled(ports, throttled)
    password_hash = await hash_password(new)
    async with unit_of_work(ports) as unit:
        spared = id_in(actor.credential, SESSION)
        user = await write_password(ports, unit, user_id, password_hash, spared_session_id=spared)
        await unit.audit(actor, "user.password_changed", subject=str(user_id))
    await ports.counters.clear(throttled[0])
    return user
