"""Set a new password with a reset token."""

from __future__ import annotations

from domain.access import Actor
from domain.accounts.digest import digest_of
from domain.accounts.new_password import write_password
from domain.accounts.passwords import MIN_LENGTH, check_password, hash_password
from domain.accounts.sessions import ADDRESS_LENGTH, one_line
from domain.errors import InvalidInput
from domain.models.user import PasswordReset, User
from domain.ports import Ports
from domain.unit import unit_of_work


async def reset_password(
    ports: Ports,
    token: str,
    new: str,
    *,
    min_length: int = MIN_LENGTH,
    address: str | None = None,
    door: str = "graphql",
) -> User:
    """The token is the right: no actor is needed. It works once. Ends all of the user's sessions.

    InvalidInput: the password (field new), or a token that is unknown, used or too old (field token; never told apart).
    """
    check_password(new, min_length, field="new")
    reset = await PasswordReset.filter(token_hash=digest_of(token)).select_related("user").first()
    now = ports.clock.now()
    if reset is None or reset.used_at is not None or reset.expires_at <= now or reset.user.disabled:
        raise _invalid()
    password_hash = await hash_password(new)
    actor = Actor(user_id=reset.user_id, credential="reset", door=door, address=one_line(address, ADDRESS_LENGTH))
    async with unit_of_work(ports) as unit:
        await User.filter(id=reset.user_id).select_for_update().get()
        if not await PasswordReset.filter(id=reset.id, used_at__isnull=True).update(used_at=now):
            raise _invalid()
        user = await write_password(ports, unit, reset.user_id, password_hash)
        await unit.audit(actor, "user.password_reset", subject=str(user.id))
    return user


def _invalid() -> InvalidInput:
    return InvalidInput("This reset token is not valid, or not any more.", field="token")
