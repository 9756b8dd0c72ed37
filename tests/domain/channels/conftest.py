"""A tenant with people of every role, and its channels."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.channels.configure_channel import ChannelSpec, configure_channel
from domain.channels.log import ChannelKey
from domain.channels.policy import ChannelPolicy
from domain.models import Tenant, TenantRole
from domain.ports import Ports
from tests.domain import rows


@dataclass(frozen=True, slots=True)
class Town:
    """A tenant, its people, and a stranger who owns another tenant."""

    ports: Ports
    tenant: Tenant
    owner: Actor
    operator: Actor
    viewer: Actor
    stranger: Actor

    def key(self, name: str) -> ChannelKey:
        return ChannelKey(self.tenant.id, name)

    async def configure(self, pattern: str, policy: ChannelPolicy) -> None:
        await configure_channel(self.ports, self.owner, ChannelSpec(pattern, policy))


@pytest.fixture
async def town(database: TortoiseContext, ports: Ports) -> Town:
    tenant, other = await rows.tenant(), await rows.tenant()
    owner, operator, viewer = [
        await rows.member(tenant, role) for role in (TenantRole.OWNER, TenantRole.OPERATOR, TenantRole.VIEWER)
    ]
    return Town(ports, tenant, owner, operator, viewer, await rows.member(other))
