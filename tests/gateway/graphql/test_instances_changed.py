"""All instances a filter asks for, live."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.instances.queries import InstanceFilter, all_instances
from domain.models import Instance, InstanceState
from domain.models.ids import uuid7
from gateway.graphql.instances.matching import matches
from tests.domain import rows
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Pair, Replica
from tests.gateway.graphql.wire import Wire, wired

ALL = "subscription($filter: InstanceFilter) { instancesChanged(filter: $filter) { id name state } }"
STOP = "mutation($id: ID!) { stopInstance(id: $id) { instance { id } } }"
DELETE = "mutation($id: ID!) { deleteInstance(id: $id) { instance { id } } }"


async def until(wire: Wire, **wanted: Any) -> dict[str, Any]:
    while True:
        shown: dict[str, Any] = (await wire.next_data())["instancesChanged"]
        if wanted.items() <= shown.items():
            return shown


async def test_those_there_come_first_then_all_changes(pair: Pair, folk: People) -> None:
    first = await folk.deploy_running("first")
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(ALL)
        assert (await wire.next_data())["instancesChanged"] == {"id": first, "name": "first", "state": "RUNNING"}
        second = await folk.deploy("second")
        await until(wire, id=second, state="RUNNING")
        await pair.here.ask(DELETE, {"id": first}, token=folk.anna.token)
        await until(wire, id=first, state="DELETED")


async def test_other_tenants_are_not_heard(pair: Pair, folk: People) -> None:
    async with (
        wired(pair.there.socket_url, folk.anna.token) as anna,
        wired(pair.there.socket_url, folk.root.token) as root,
    ):
        await anna.subscribe(ALL)
        await root.subscribe(ALL)
        await asyncio.gather(settled(anna), settled(root))
        hidden = await folk.deploy("hidden", who=folk.bert)
        await until(root, id=hidden, state="RUNNING")
        own = await folk.deploy("own")
        assert (await anna.next_data())["instancesChanged"]["id"] == own


async def test_one_that_ceases_to_match_comes_once_more(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running()
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(ALL, {"filter": {"states": ["RUNNING"]}})
        await until(wire, id=instance_id, state="RUNNING")
        await pair.here.ask(STOP, {"id": instance_id}, token=folk.anna.token)
        left = (await wire.next_data())["instancesChanged"]
        assert left["id"] == instance_id
        assert left["state"] != "RUNNING"
        other = await folk.deploy("other")
        assert await until(wire, id=other) == {"id": other, "name": "other", "state": "RUNNING"}


async def settled(wire: Wire) -> None:
    """Return when the server works on what was sent: an answer to a later message has come."""
    await wire.subscribe("{ serverInfo { time } }", id="settled")
    while (await wire.hear())["type"] != "complete":
        pass


@pytest.fixture
async def zoo(replica: Replica) -> list[Instance]:
    """Instances of every kind, and one nobody sees."""
    made = []
    with replica.inside():
        for number, state in enumerate(InstanceState):
            tenant, owner = await rows.tenant(), await rows.person()
            node, image = await rows.node(), await rows.image()
            made.append(
                await Instance.create(
                    tenant_id=tenant.id,
                    owner_id=owner.id,
                    node_id=node.id,
                    image_id=image.id if number % 2 else None,
                    image_ref="site:1",
                    name=f"Name {number} of Zoo" if number % 3 else f"other {number}",
                    slug=None if state is InstanceState.DELETED else f"slug-{number}",
                    state=state,
                    suspended=number % 4 == 0,
                    memory_bytes=1 << 26,
                    cpu_millis=100,
                )
            )
    return made


async def test_events_are_matched_as_the_database_matches(replica: Replica, zoo: list[Instance]) -> None:
    one = zoo[7]
    filters = [
        InstanceFilter(),
        InstanceFilter(include_deleted=True),
        InstanceFilter(states=(InstanceState.RUNNING, InstanceState.DELETED)),
        InstanceFilter(states=(InstanceState.DELETED,), include_deleted=True),
        InstanceFilter(suspended=True),
        InstanceFilter(suspended=False, name_contains="zoo"),
        InstanceFilter(name_contains="NAME 1"),
        InstanceFilter(node_id=one.node_id),
        InstanceFilter(owner_id=str(one.owner_id)),
        InstanceFilter(tenant_id=one.tenant_id, states=(one.state,)),
        InstanceFilter(image_id=str(one.image_id).upper()),
        InstanceFilter(image_id=uuid7()),
    ]
    with replica.inside():
        actor = await rows.platform()
        for wanted in filters:
            found: set[UUID] = {row.id for row in await all_instances(actor, wanted)}
            assert {row.id for row in zoo if matches(row, wanted)} == found, wanted
