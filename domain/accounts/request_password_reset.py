"""Make a one-time token with which a user sets a new password."""

from __future__ import annotations

import secrets
import string
from datetime import timedelta

from domain.access import Actor, require
from domain.accounts.digest import digest_of
from domain.accounts.naming import find_by_login
from domain.accounts.rights import require_over
from domain.errors import Conflict, NotFound
from domain.models.user import PasswordReset
from domain.ports import Ports
from domain.unit import unit_of_work

TOKEN_LENGTH = 30
TTL = timedelta(hours=1)
_ALPHABET = string.ascii_letters + string.digits


async def request_password_reset(ports: Ports, actor: Actor, email: str) -> str:
    """The token: 30 letters and digits, good for an hour; it replaces earlier ones. The caller hands it to the user.

    Needs users:write, for an owner platform:own. NotFound: nobody has this e-mail. Conflict: the account is disabled.
    """
    require(actor, "users:write")
    user = await find_by_login(email) if "@" in email else None
    if user is None:
        raise NotFound("There is no user of this e-mail.", field="email")
    require_over(actor, user)
    if user.disabled:
        raise Conflict("This account is disabled.", reason="disabled")
    token = "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH))
    async with unit_of_work(ports) as unit:
        await PasswordReset.filter(user_id=user.id, used_at__isnull=True).delete()
        expires_at = ports.clock.now() + TTL
        await PasswordReset.create(user_id=user.id, token_hash=digest_of(token), expires_at=expires_at)
        await unit.audit(actor, "user.password_reset_requested", subject=str(user.id))
    return token
