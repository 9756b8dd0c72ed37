"""Done when, 5: SIGKILL in the middle of things. What was acknowledged is there, every operation ends, nothing runs
twice, and whoever resumes hears the whole story."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.graphql.wire import Wire
from tests.journeys.house import ServerProcess, free_port, server, until
from tests.journeys.story import deploy_by_skyport

COUNT = 20
OPERATIONS = "{ operations(first: 100) { nodes { id kind state attempts } } }"
INSTANCES = "{ instances(first: 100) { nodes { id shortId name state } } }"
EVENTS = """subscription ($after: String) {
  events(topics: ["instance", "operation"], after: $after) { cursor name topic payload recovered } }"""
DELETE = "mutation ($id: ID!) { deleteInstance(id: $id) { operation { id } } }"


async def nodes_of(house: ServerProcess, query: str, name: str) -> list[dict[str, Any]]:
    return list((await house.graphql(query))[name]["nodes"])


async def all_operations_ended(house: ServerProcess) -> bool:
    operations = await nodes_of(house, OPERATIONS, "operations")
    return all(operation["state"] in ("SUCCEEDED", "FAILED", "CANCELLED") for operation in operations)


async def collect(wire: Wire, stories: list[dict[str, Any]]) -> None:
    """Keep every event that is pushed."""
    while True:
        message = await wire.hear()
        if message["type"] == "next":
            stories.append(message["payload"]["data"]["events"])


async def read_story(house: ServerProcess, after: str) -> list[dict[str, Any]]:
    """Everything after a cursor, up to an event that is made to end it."""
    async with house.wire() as wire:
        await wire.subscribe(EVENTS.replace('"operation"', '"operation", "tenant"'), {"after": after})
        await house.run("tenant", "create", "the end")
        story: list[dict[str, Any]] = []
        while True:
            event = (await wire.next_data())["events"]
            if event["name"] in ("TenantChanged", "MemberChanged"):
                return story
            story.append(event)


@pytest.mark.parametrize("moment", [3, 10, 17])
async def test_a_kill_in_the_middle_of_twenty_deploys_loses_and_doubles_nothing(tmp_path: Path, moment: int) -> None:
    async with server(tmp_path, runtime="process") as house:
        before: list[dict[str, Any]] = []
        async with house.wire() as wire:
            await wire.subscribe(EVENTS)
            await deploy_by_skyport(house, image="gatehouse/http-echo", port=free_port(), name="first")
            before.append((await wire.next_data())["events"])
            listening = asyncio.create_task(collect(wire, before))
            acknowledged = await deploy_until_killed(house, "gatehouse/http-echo", moment)
            await asyncio.gather(listening, return_exceptions=True)

        await house.start()
        await until(lambda: all_operations_ended(house), within_s=60)
        instances = await nodes_of(house, INSTANCES, "instances")
        assert acknowledged <= {instance["shortId"] for instance in instances}
        assert {instance["state"] for instance in instances} == {"RUNNING"}
        async with house.skyport() as client:
            runtime_ids = {row["ContainerId"] for row in (await client.get("/api/instances")).json()}
        assert len(runtime_ids) == len(instances)
        folders = list((tmp_path / "instances").glob("*/*/run"))
        assert len(folders) == len(instances)

        heard = before + await read_story(house, before[-1]["cursor"])
        assert len({event["cursor"] for event in heard}) == len(heard)
        assert heard[len(before)]["recovered"] is True
        _assert_whole(heard, instances)
        await _delete_all(house, instances)


async def deploy_until_killed(house: ServerProcess, image: str, moment: int) -> set[str]:
    """Twenty deploys at once; the server is killed when `moment` of them are acknowledged."""
    acknowledged: set[str] = set()
    enough = asyncio.Event()

    async def deploy(number: int) -> None:
        acknowledged.add(await deploy_by_skyport(house, image=image, port=free_port(), name=f"n{number}"))
        if len(acknowledged) == moment:
            enough.set()

    deploys = asyncio.gather(*(deploy(number) for number in range(COUNT)), return_exceptions=True)
    await asyncio.wait_for(enough.wait(), 30)
    known = set(acknowledged)
    await house.kill()
    await deploys
    return known


def _assert_whole(heard: list[dict[str, Any]], instances: list[dict[str, Any]]) -> None:
    """Every instance's story begins, ends in running, and its revisions have no hole."""
    revisions: dict[str, list[int]] = defaultdict(list)
    for event in heard:
        if event["name"] == "InstanceChanged":
            revisions[event["payload"]["id"]].append(event["payload"]["revision"])
    assert revisions.keys() == {instance["id"] for instance in instances}
    for seen in revisions.values():
        assert seen == list(range(1, len(seen) + 1))


async def _delete_all(house: ServerProcess, instances: list[dict[str, Any]]) -> None:
    for instance in instances:
        await house.graphql(DELETE, id=instance["id"])
    await until(lambda: all_operations_ended(house), within_s=60)


async def test_a_kill_in_the_middle_of_deletions_leaves_nothing_half_gone(tmp_path: Path) -> None:
    async with server(tmp_path, runtime="process") as house:
        for number in range(6):
            await deploy_by_skyport(house, image="gatehouse/http-echo", port=free_port(), name=f"n{number}")
        await until(lambda: all_operations_ended(house), within_s=60)
        instances = await nodes_of(house, INSTANCES, "instances")
        await asyncio.gather(*(house.graphql(DELETE, id=instance["id"]) for instance in instances))
        await house.kill()
        await house.start()
        await until(lambda: all_operations_ended(house), within_s=60)
        assert await nodes_of(house, INSTANCES, "instances") == []
        left = list((tmp_path / "instances").glob("*/*/run"))
        assert left == []
        operations = await nodes_of(house, OPERATIONS, "operations")
        assert {operation["state"] for operation in operations} == {"SUCCEEDED"}


async def test_events_committed_but_not_relayed_are_relayed_after_the_restart(tmp_path: Path) -> None:
    """The command line commits while no relay runs; the next server tells the story in order, once."""
    async with server(tmp_path, runtime="memory") as house:
        async with house.wire() as wire:
            await wire.subscribe(TENANT_EVENTS)
            await house.run("tenant", "create", "first")
            cursor = (await _tenants(wire, ["first"]))["cursor"]
        await house.kill()
        for name in ("second", "third", "fourth"):
            await house.run("tenant", "create", name)
        await house.start()
        async with house.wire() as wire:
            await wire.subscribe(TENANT_EVENTS, {"after": cursor})
            await _tenants(wire, ["second", "third", "fourth"])


TENANT_EVENTS = """subscription ($after: String) {
  events(topics: ["tenant"], after: $after) { cursor name payload recovered } }"""


async def _tenants(wire: Wire, names: list[str]) -> dict[str, Any]:
    """Hear of these tenants, each once and in this order; the last event."""
    heard: list[str] = []
    while True:
        event: dict[str, Any] = (await wire.next_data())["events"]
        # The first start's own tenant may be told of after the subscription began.
        if event["name"] == "TenantChanged" and event["payload"]["slug"] != "default":
            heard.append(event["payload"]["name"])
        if len(heard) == len(names):
            assert heard == names
            return event
