"""Hosts: who may register them, what they say of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from domain.models import AuditEntry, Instance, Node, NodeState, Operation, OutboxEvent
from domain.nodes.check_node import check_node
from domain.nodes.configure_node import configure_node
from domain.nodes.queries import NodeFilter, engine_of, get_node, list_nodes
from domain.nodes.register_node import NodeSpec, register_node
from domain.nodes.remove_node import remove_node
from domain.ports import Ports
from tests.domain.rows import member, platform, tenant
from tests.fakes import MemoryRuntimes

pytestmark = pytest.mark.usefixtures("database")


async def test_a_node_that_answers_is_online_with_its_size(ports: Ports) -> None:
    registered = await register_node(ports, await platform(), NodeSpec(name=" one ", driver="memory"))
    node = registered.node
    assert (node.name, node.state) == ("one", NodeState.ONLINE)
    assert node.memory_bytes > 0
    assert node.cpu_millis > 0
    assert node.engine_version
    assert "logs" in node.capabilities
    assert registered.configure_key not in str(await Node.filter(id=node.id).values())
    assert await AuditEntry.filter(action="node.registered").count() == 1


async def test_a_node_that_does_not_answer_is_unconfigured_with_the_reason(
    ports: Ports, runtimes: MemoryRuntimes
) -> None:
    actor = await platform()
    node = (await register_node(ports, actor, NodeSpec(name="n", driver="memory", check=False))).node
    assert node.state is NodeState.UNCONFIGURED
    runtimes.of(engine_of(node)).fail_next("check", Unavailable("Connection refused."))
    node = await check_node(ports, actor, node.id)
    assert (node.state, node.state_reason) == (NodeState.UNCONFIGURED, "Connection refused.")
    assert (await check_node(ports, actor, node.id)).state is NodeState.ONLINE
    runtimes.of(engine_of(node)).fail_next("check", Unavailable("Connection refused."))
    assert (await check_node(ports, actor, node.id)).state is NodeState.OFFLINE


async def test_a_check_that_changes_nothing_tells_nothing(ports: Ports) -> None:
    actor = await platform()
    node = (await register_node(ports, actor, NodeSpec(name="n", driver="memory"))).node
    before = await OutboxEvent.filter(noun="node").count()
    await check_node(ports, actor, node.id)
    assert await OutboxEvent.filter(noun="node").count() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"driver": "kvm"}, "driver"),
        ({"address": "http://example.org"}, "address"),
        ({"address": "unix://relative"}, "address"),
    ],
)
async def test_a_bad_value_is_refused(ports: Ports, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await register_node(ports, await platform(), NodeSpec(**{"name": "n", "driver": "memory", **change}))
    assert refused.value.details["field"] == field
    assert await Node.all().count() == 0


async def test_names_are_unique_and_nodes_are_the_platforms(ports: Ports) -> None:
    actor = await platform()
    await register_node(ports, actor, NodeSpec(name="n", driver="memory"))
    with pytest.raises(Conflict):
        await register_node(ports, actor, NodeSpec(name="n", driver="memory"))
    owner = await member(await tenant())
    with pytest.raises(Forbidden):
        await register_node(ports, owner, NodeSpec(name="m", driver="memory"))
    assert [n.name for n in (await list_nodes(owner)).items] == ["n"]
    assert (await list_nodes(owner, NodeFilter(region="mars"))).items == []
    assert (await list_nodes(owner, NodeFilter(state=NodeState.OFFLINE))).items == []


async def test_a_configure_key_works_once(ports: Ports) -> None:
    registered = await register_node(ports, await platform(), NodeSpec(name="n", driver="docker", check=False))
    node = await configure_node(ports, registered.configure_key, "s3cret")
    assert node.state is NodeState.CONFIGURED
    assert "s3cret" not in str(await Node.filter(id=node.id).values())
    with pytest.raises(NotFound):
        await configure_node(ports, registered.configure_key, "s3cret")
    for keys in [("", "a"), ("a", "")]:
        with pytest.raises(InvalidInput):
            await configure_node(ports, *keys)


async def test_a_lost_node_is_given_up_with_its_instances(ports: Ports, runtimes: MemoryRuntimes) -> None:
    actor, mine = await platform(), await tenant()
    owner = await member(mine)
    node = (await register_node(ports, actor, NodeSpec(name="n", driver="memory"))).node
    values: dict[str, Any] = {"name": "i", "image_ref": "i", "memory_bytes": 1, "cpu_millis": 1, "state": "running"}
    instance = await Instance.create(tenant_id=mine.id, owner_id=owner.user_id, node_id=node.id, **values)
    with pytest.raises(Conflict, match="answers"):
        await remove_node(ports, actor, node.id, force=True)
    runtimes.of(engine_of(node)).fail_always(Unavailable("It burnt down."))
    await check_node(ports, actor, node.id)
    with pytest.raises(Conflict, match="instances"):
        await remove_node(ports, actor, node.id)
    waiting = await Operation.create(kind="instances.stop", lane=str(instance.id), run_at=ports.clock.now())
    with pytest.raises(Conflict, match="not ended"):
        await remove_node(ports, actor, node.id, force=True)
    await waiting.delete()
    await remove_node(ports, actor, node.id, force=True)
    assert await Node.all().count() + await Instance.all().count() == 0
    told = await OutboxEvent.filter(topic=f"instance:{instance.id}").order_by("-seq").first()
    assert told is not None
    assert (told.payload["state"], told.payload["state_reason"]) == ("deleted", "Its node was given up.")


async def test_an_empty_node_is_removed_and_a_used_one_is_not(ports: Ports) -> None:
    actor, mine = await platform(), await tenant()
    owner = await member(mine)
    node = (await register_node(ports, actor, NodeSpec(name="n", driver="memory"))).node
    instance = await Instance.create(
        tenant_id=mine.id,
        owner_id=owner.user_id,
        node_id=node.id,
        name="i",
        image_ref="i",
        memory_bytes=1,
        cpu_millis=1,
    )
    with pytest.raises(Conflict):
        await remove_node(ports, actor, node.id)
    with pytest.raises(Forbidden):
        await remove_node(ports, owner, node.id)
    await Instance.filter(id=instance.id).update(state="deleted")
    await remove_node(ports, actor, node.id)
    with pytest.raises(NotFound):
        await get_node(actor, node.id)
