"""Replicas and people for the tests of the bus."""

from __future__ import annotations

import pytest

from domain.channels.configure_channel import ChannelSpec, configure_channel
from domain.channels.policy import ChannelPolicy
from domain.models import TenantRole
from tests.domain.people import SYSTEM
from tests.gateway.graphql.conftest import (
    door,
    engine,
    folk,
    migrated_postgres,
    migrated_sqlite,
    pair,
    places,
    shared_place,
    sqlite_place,
)
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Pair

__all__ = [
    "Town",
    "door",
    "engine",
    "folk",
    "migrated_postgres",
    "migrated_sqlite",
    "pair",
    "places",
    "shared_place",
    "sqlite_place",
    "town",
]

KEPT = ChannelPolicy(history_count=100, history_age_s=3600)


class Town:
    """Channels "kept:*" remember a hundred messages for an hour; "board:*" viewers may read, too."""

    def __init__(self, pair: Pair, folk: People) -> None:
        self.pair = pair
        self.here = pair.here
        self.there = pair.there
        self.folk = folk
        self.anna, self.bert, self.vera, self.root = folk.anna, folk.bert, folk.vera, folk.root

    async def configure(self, pattern: str, policy: ChannelPolicy = KEPT) -> None:
        with self.here.inside():
            spec = ChannelSpec(pattern, policy, self.anna.tenant.id)
            await configure_channel(self.here.house.ports, SYSTEM, spec)


@pytest.fixture
async def town(pair: Pair, folk: People) -> Town:
    made = Town(pair, folk)
    await made.configure("kept:*")
    await made.configure("board:*", ChannelPolicy(subscribe_role=TenantRole.VIEWER, history_role=TenantRole.VIEWER))
    return made
