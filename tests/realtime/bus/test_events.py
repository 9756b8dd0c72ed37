"""What the platform tells: the same that a GraphQL subscriber hears, with a place to resume from."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from domain.channels.push import Push, push
from domain.events import file_changed
from domain.jobs.feed import cursor_of
from domain.models import File, FileKind, OutboxCursor
from domain.unit import unit_of_work
from tests.gateway.graphql.wire import wired
from tests.realtime.bus.conftest import Town
from tests.realtime.bus.wire import Bus, on_bus

RENAME = "mutation($id: ID!, $name: String!) { renameInstance(id: $id, name: $name) { id } }"


async def until_running(bus: Bus) -> list[dict[str, Any]]:
    seen = [await bus.push()]
    while seen[-1]["data"]["payload"]["state"] != "running":
        seen.append(await bus.push())
    return seen


def place(message: dict[str, Any]) -> dict[str, Any]:
    return {"epoch": message["epoch"], "offset": message["offset"]}


async def test_events_are_told_and_can_be_resumed(town: Town) -> None:
    async with on_bus(town.there, town.anna) as bus:
        told = await bus.done("subscribe", channel="events:instance")
        assert told["history"] is True
        instance_id = await town.folk.deploy()
        live = await until_running(bus)
    assert {message["data"]["topic"] for message in live} == {f"instance:{instance_id}"}
    assert {message["data"]["name"] for message in live} == {"InstanceChanged"}
    assert {message["data"]["tenantId"] for message in live} == {str(town.anna.tenant.id)}
    async with on_bus(town.there, town.anna) as bus:
        told = await bus.done("subscribe", channel=f"instance:{instance_id}", after=place(live[0]))
        assert told["recovered"] is True
        again = await until_running(bus)
        assert [place(message) for message in again] == [place(message) for message in live[1:]]
        await town.here.ask(RENAME, {"id": instance_id, "name": "next"}, token=town.anna.token)
        assert (await bus.push())["data"]["payload"]["name"] == "next"
        listed = await bus.done("history", channel="events:instance", after=place(live[0]), limit=1)
        assert [place(message) for message in listed["messages"]] == [place(live[1])]


async def test_what_retention_removed_is_told(town: Town) -> None:
    async with on_bus(town.there, town.anna) as bus:
        epoch = (await bus.done("subscribe", channel="events:instance"))["epoch"]
        await town.folk.deploy_running()
        with town.here.inside():
            await OutboxCursor.filter(id=1).update(pruned_position=3)
        told = await bus.done("subscribe", channel="events:image", after={"epoch": epoch, "offset": 1})
        assert told["recovered"] is False
        for after in ({"epoch": "x", "offset": 4}, {"epoch": epoch, "offset": 10**9}):
            assert (await bus.done("subscribe", channel="events:image", after=after))["recovered"] is False


async def test_others_hear_nothing(town: Town) -> None:
    async with on_bus(town.there, town.bert) as bert, on_bus(town.there, town.anna) as anna:
        instance_id = await town.folk.deploy()
        start = {"epoch": (await bert.done("subscribe", channel="events:image"))["epoch"], "offset": 0}
        for channel in (f"instance:{instance_id}", "events:instance"):
            await bert.done("subscribe", channel=channel, after=start)
        await anna.done("subscribe", channel="events:instance", after=start)
        await until_running(anna)
        await bert.is_quiet()
        for channel in (f"instance:{instance_id}", "events:instance"):
            assert (await bert.done("history", channel=channel))["messages"] == []


async def test_files_are_told_to_those_who_may_read_them(town: Town) -> None:
    async with on_bus(town.there, town.anna) as anna, on_bus(town.there, town.vera) as vera:
        for bus in (anna, vera):
            await bus.done("subscribe", channel="events:file")
        await a_file(town)
        assert (await anna.push())["data"]["name"] == "FileChanged"
        await vera.is_quiet()


async def test_the_name_of_a_files_content_is_told_once(town: Town) -> None:
    async with (
        on_bus(town.there, town.anna) as anna,
        on_bus(town.there, town.vera) as vera,
        on_bus(town.there, town.bert) as bert,
    ):
        for bus in (anna, vera, bert):
            await bus.done_ping()
        root = await a_file(town, public_id="root~1")
        part = await a_file(town, public_id="f1~part", temp_id="@2", root_id=root.id)
        assert await anna.push("FILE_ID_GENERATED") == {"tempId": "@2", "fileId": "f1~part", "rootId": "root~1"}
        await tell(town, part)
        await a_file(town, public_id="f1~alone", temp_id="@3")
        assert await anna.push("FILE_ID_GENERATED") == {"tempId": "@3", "fileId": "f1~alone"}
        for bus in (vera, bert):
            await bus.is_quiet()


async def test_pushes_reach_a_person_or_a_whole_tenant(town: Town) -> None:
    async with on_bus(town.there, town.anna) as anna, on_bus(town.there, town.vera) as vera:
        for bus in (anna, vera):
            await bus.done_ping()
        tenant_id, port = town.anna.tenant.id, town.here.house.ports.bus
        assert await push(port, Push(tenant_id, "ACTION", {"actionId": "a1", "tempId": "@1"}))
        for bus in (anna, vera):
            assert await bus.push("ACTION") == {"actionId": "a1", "tempId": "@1"}
        assert await push(port, Push(tenant_id, "notification", {"n": 1}, town.vera.user.id))
        assert await vera.push("notification") == {"n": 1}
        await anna.is_quiet()


async def test_there_are_no_other_events(town: Town) -> None:
    async with on_bus(town.here, town.anna) as bus:
        for channel in ("instance:", "events", "events:", "instance", "events:x"):
            assert await bus.refused("subscribe", channel=channel) == "INVALID_INPUT"


async def a_file(town: Town, public_id: str | None = None, **columns: Any) -> File:
    with town.here.inside():
        file = await File.create(
            tenant_id=town.anna.tenant.id,
            public_id=public_id or uuid4().hex[:24],
            kind=FileKind.BLOB,
            name="a file",
            content_type="text/plain",
            **columns,
        )
    await tell(town, file)
    return file


async def tell(town: Town, file: File) -> None:
    with town.here.inside():
        async with unit_of_work(town.here.house.ports) as unit:
            unit.emit(file_changed(file))


async def test_the_bus_tells_what_graphql_tells(town: Town) -> None:
    topics = ["instance", "operation", "image"]
    query = """subscription($topics: [String!]!, $after: String) {
      events(topics: $topics, after: $after) { name topic noun tenantId payload }
    }"""
    on_wire: list[dict[str, Any]] = []
    async with on_bus(town.there, town.anna) as bus, wired(town.there.socket_url, town.anna.token) as wire:
        for noun in topics:
            offset = (await bus.done("subscribe", channel=f"events:{noun}"))["offset"]
        await wire.subscribe(query, {"topics": topics, "after": cursor_of(offset)})
        await town.folk.deploy()
        while not on_wire or (on_wire[-1]["noun"], on_wire[-1]["payload"].get("state")) != ("operation", "succeeded"):
            on_wire.append((await wire.next_data())["events"])
            assert (await bus.push())["data"] == on_wire[-1]
