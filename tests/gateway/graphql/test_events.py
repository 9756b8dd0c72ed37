"""The story: every event, in order, each once, from a cursor on."""

from __future__ import annotations

from typing import Any

import pytest

from domain.events import Event
from domain.jobs.feed import cursor_of
from domain.models import OutboxCursor
from domain.unit import unit_of_work
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Pair
from tests.gateway.graphql.wire import Wire, wired

EVENTS = """
subscription($topics: [String!]!, $after: String) {
  events(topics: $topics, after: $after) { cursor name topic noun tenantId payload at recovered }
}
"""
RENAME = "mutation($id: ID!, $name: String!) { renameInstance(id: $id, name: $name) { id } }"


async def told(wire: Wire) -> dict[str, Any]:
    event: dict[str, Any] = (await wire.next_data())["events"]
    return event


async def until_running(wire: Wire) -> list[dict[str, Any]]:
    seen = [await told(wire)]
    while seen[-1]["payload"]["state"] != "running":
        seen.append(await told(wire))
    return seen


async def test_the_whole_story_can_be_heard_again(pair: Pair, folk: People) -> None:
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(EVENTS, {"topics": ["instance"]})
        instance_id = await folk.deploy()
        live = await until_running(wire)
    assert {event["topic"] for event in live} == {f"instance:{instance_id}"}
    assert {event["name"] for event in live} == {"InstanceChanged"}
    assert {event["tenantId"] for event in live} == {str(folk.anna.tenant.id)}
    assert [event["recovered"] for event in live] == [None] * len(live)
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(EVENTS, {"topics": ["instance"], "after": live[0]["cursor"]})
        again = await until_running(wire)
        assert [event["cursor"] for event in again] == [event["cursor"] for event in live[1:]]
        assert [event["recovered"] for event in again] == [True] + [None] * (len(again) - 1)
        await pair.here.ask(RENAME, {"id": instance_id, "name": "next"}, token=folk.anna.token)
        assert (await told(wire))["payload"]["name"] == "next"


async def test_single_things_and_nouns_may_be_mixed(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running()
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(EVENTS, {"topics": [f"instance:{instance_id}", "image"], "after": cursor_of(0)})
        assert {(await told(wire))["topic"] for _ in range(2)} == {f"instance:{instance_id}"}


async def test_only_ones_own_tenants_are_heard_and_the_platform_hears_all(pair: Pair, folk: People) -> None:
    hidden = await folk.deploy_running("hidden", who=folk.bert)
    own = await folk.deploy_running("own")
    nouns = {"topics": ["instance", "user", "node", "credential"], "after": cursor_of(0)}
    async with (
        wired(pair.there.socket_url, folk.anna.token) as anna,
        wired(pair.there.socket_url, folk.root.token) as root,
    ):
        await anna.subscribe(EVENTS, nouns)
        await root.subscribe(EVENTS, nouns)
        heard_by_anna = await until_running(anna)
        heard_by_root = [await told(root)]
        while heard_by_root[-1]["topic"] != f"instance:{own}":
            heard_by_root.append(await told(root))
    assert {event["topic"] for event in heard_by_anna} == {f"instance:{own}"}
    assert {"user", "instance"} <= {event["noun"] for event in heard_by_root}
    assert f"instance:{hidden}" in {event["topic"] for event in heard_by_root}


async def test_what_retention_has_removed_is_told(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running()
    with pair.here.inside():
        await OutboxCursor.filter(id=1).update(pruned_position=3)
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(EVENTS, {"topics": ["instance"], "after": cursor_of(1)})
        first = await told(wire)
    assert first["recovered"] is False
    assert first["topic"] == f"instance:{instance_id}"


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"topics": []}, "INVALID_INPUT"),
        ({"topics": ["nonsense"]}, "INVALID_INPUT"),
        ({"topics": ["instance"] * 101}, "INVALID_INPUT"),
        ({"topics": ["instance"], "after": "nonsense"}, "INVALID_INPUT"),
    ],
)
async def test_bad_input_is_refused(pair: Pair, folk: People, variables: dict[str, Any], code: str) -> None:
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(EVENTS, variables)
        assert (await wire.hear())["payload"][0]["extensions"]["code"] == code


async def test_events_of_files_are_for_who_may_read_files(pair: Pair, folk: People) -> None:
    """A viewer sees events of the tenant, and none of its files; live and when resuming."""
    with pair.here.inside():
        async with unit_of_work(pair.here.house.ports) as unit:
            for noun in ("file", "document", "instance"):
                unit.emit(Event("Changed", f"{noun}:x", {}, folk.anna.tenant.id))
    wanted = {"topics": ["file", "document", "instance", "file:x"], "after": cursor_of(0)}
    heard = {}
    for name, person in (("owner", folk.anna), ("viewer", folk.vera), ("platform", folk.root)):
        async with wired(pair.there.socket_url, person.token) as wire:
            await wire.subscribe(EVENTS, wanted)
            heard[name] = [await told(wire)]
            while heard[name][-1]["noun"] != "instance":
                heard[name].append(await told(wire))
    nouns = {name: [event["noun"] for event in events] for name, events in heard.items()}
    assert nouns["owner"] == nouns["platform"] == ["file", "document", "instance"]
    assert nouns["viewer"] == ["instance"]
    async with wired(pair.there.socket_url, folk.vera.token) as wire:
        await wire.subscribe(EVENTS, {**wanted, "after": heard["viewer"][-1]["cursor"]})
        with pair.here.inside():
            async with unit_of_work(pair.here.house.ports) as unit:
                for noun in ("file", "instance"):
                    unit.emit(Event("Changed", f"{noun}:x", {}, folk.anna.tenant.id))
        assert (await told(wire))["noun"] == "instance"
