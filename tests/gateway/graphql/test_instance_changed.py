"""The journey: deployed here, seen there, change by change, to its end."""

from __future__ import annotations

from typing import Any

from drivers.runtime.memory import MemoryEngine
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Pair
from tests.gateway.graphql.wire import Wire, wired

WATCH = "subscription($id: ID!) { instanceChanged(id: $id) { id name state revision memoryBytes } }"
LOOK = """
subscription($id: ID!) { instanceChanged(id: $id) {
  state env { name value } ports { hostPort } owner { username } tenant { slug } node { name }
  image { name } operations { kind state }
} }
"""
STOP = "mutation($id: ID!) { stopInstance(id: $id) { instance { state } operation { kind } } }"
RENAME = "mutation($id: ID!, $name: String!) { renameInstance(id: $id, name: $name) { name } }"
DELETE = "mutation($id: ID!) { deleteInstance(id: $id) { instance { state } operation { id } } }"


async def seen_until(wire: Wire, state: str) -> list[dict[str, Any]]:
    """Every instance that came, up to the first in that state."""
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["state"] != state:
        seen.append((await wire.next_data())["instanceChanged"])
    return seen


async def test_from_deploy_to_delete_every_state_is_seen_and_then_it_ends(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy()
    anna = folk.anna.token
    async with wired(pair.there.socket_url, anna) as wire:
        await wire.subscribe(WATCH, {"id": instance_id})
        seen = await seen_until(wire, "RUNNING")
        await pair.here.ask(STOP, {"id": instance_id}, token=anna)
        seen += await seen_until(wire, "STOPPED")
        await pair.here.ask(RENAME, {"id": instance_id, "name": "other"}, token=anna)
        seen.append((await wire.next_data())["instanceChanged"])
        await pair.here.ask(DELETE, {"id": instance_id}, token=anna)
        seen += await seen_until(wire, "DELETED")
        assert await wire.hear() == {"type": "complete", "id": "1"}
    revisions = [one["revision"] for one in seen]
    assert revisions == sorted(set(revisions)), "older news never follows newer"
    assert seen[-1]["name"] == "other"
    assert {one["memoryBytes"] for one in seen} == {64 << 20}


async def test_the_present_state_comes_first(pair: Pair, folk: People, engine: MemoryEngine) -> None:
    instance_id = await folk.deploy_running()
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(WATCH, {"id": instance_id})
        assert (await wire.next_data())["instanceChanged"]["state"] == "RUNNING"


async def test_what_the_event_does_not_hold_is_looked_up(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running(env=[{"name": "A", "value": "1"}], ports=[{"containerPort": 80}])
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(LOOK, {"id": instance_id})
        await wire.next_data()
        await pair.here.ask(STOP, {"id": instance_id}, token=folk.anna.token)
        shown = (await wire.next_data())["instanceChanged"]
    assert shown["state"] in ("STOPPING", "STOPPED")
    assert shown["env"] == [{"name": "A", "value": "1"}]
    assert [port["hostPort"] > 0 for port in shown["ports"]] == [True]
    assert (shown["owner"], shown["node"]) == ({"username": "anna"}, {"name": "memory-1"})
    assert shown["tenant"] == {"slug": folk.anna.tenant.slug}
    assert shown["image"] == {"name": "site"}
    assert [operation["kind"] for operation in shown["operations"]] == ["instances.stop", "instances.build"]


async def test_a_container_killed_from_outside_is_seen(pair: Pair, folk: People, engine: MemoryEngine) -> None:
    instance_id = await folk.deploy_running()
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(WATCH, {"id": instance_id})
        await seen_until(wire, "RUNNING")
        engine.end(next(iter(engine.instances.values())), 137)
        await seen_until(wire, "STOPPED")


async def test_somebody_elses_is_not_found(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy()
    async with wired(pair.there.socket_url, folk.bert.token) as wire:
        for wanted in (instance_id, "00000000-0000-7000-8000-000000000000", "nonsense"):
            await wire.subscribe(WATCH, {"id": wanted})
            message = await wire.hear()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_viewer_watches_but_does_not_see_the_environment(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running(env=[{"name": "PASSWORD", "value": "hidden"}])
    async with wired(pair.there.socket_url, folk.vera.token) as wire:
        await wire.subscribe(LOOK, {"id": instance_id})
        payload = (await wire.hear())["payload"]
    assert payload["data"]["instanceChanged"]["env"] is None
    assert payload["errors"][0]["path"] == ["instanceChanged", "env"]
    assert payload["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_platform_watches_everybodys(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy()
    async with wired(pair.there.socket_url, folk.root.token) as wire:
        await wire.subscribe(WATCH, {"id": instance_id})
        await seen_until(wire, "RUNNING")
