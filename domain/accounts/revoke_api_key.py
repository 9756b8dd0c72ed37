"""Revoke an API key."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, may, require
from domain.accounts.credentials import revoke_keys
from domain.accounts.queries import get_api_key
from domain.accounts.rights import require_oneself
from domain.models.user import ApiKey, PlatformRole
from domain.ports import Ports
from domain.unit import unit_of_work


async def revoke_api_key(ports: Ports, actor: Actor, key_id: UUID | str) -> ApiKey:
    """The key stops working everywhere; revoked already: as it is. One's own need no right, a tenant's keys:write
    there, a platform owner's platform:own. NotFound: it does not exist or is not theirs."""
    key = await get_api_key(actor, key_id)
    _require_to_revoke(actor, key)
    async with unit_of_work(ports) as unit:
        for ended in await revoke_keys(unit, ApiKey.filter(id=key.id), ports.clock.now(), "revoked"):
            key.revoked_at = ended.revoked_at
            details = {"user": str(key.user_id), "door": key.door}
            await unit.audit(actor, "api_key.revoked", subject=str(key.id), tenant_id=key.tenant_id, **details)
    return key


def _require_to_revoke(actor: Actor, key: ApiKey) -> None:
    if key.user_id == actor.user_id:
        if not may(actor, "keys:write"):
            require_oneself(actor)
        return
    require(actor, "keys:write", key.tenant_id)
    if key.user.platform_role is PlatformRole.OWNER and key.tenant_id is None:
        require(actor, "platform:own")
