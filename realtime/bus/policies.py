"""What holds for the channels of each tenant, remembered until a rule changes."""

from __future__ import annotations

from uuid import UUID

from domain.channels.log import ChannelKey
from domain.channels.policy import ChannelPolicy, policy_for, rules_of

MOST_KEPT = 10_000


class Policies:
    """One per process."""

    def __init__(self) -> None:
        self._rules: dict[UUID, dict[str, ChannelPolicy]] = {}
        self._generation = 0

    async def of(self, key: ChannelKey) -> ChannelPolicy:
        """The policy of a channel. What is read while a change is heard of is not kept."""
        rules = self._rules.get(key.tenant_id)
        if rules is None:
            generation = self._generation
            rules = await rules_of(key.tenant_id)
            if generation == self._generation and len(self._rules) < MOST_KEPT:
                self._rules[key.tenant_id] = rules
        return policy_for(rules, key.name)

    def forget(self, tenant_id: UUID | None = None) -> None:
        """Read again what holds in a tenant (None: in all of them)."""
        self._generation += 1
        if tenant_id is None:
            self._rules.clear()
        else:
            self._rules.pop(tenant_id, None)
