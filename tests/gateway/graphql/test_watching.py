"""Operations, logs, figures and consoles, live."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from domain.errors import NotFound
from drivers.runtime.memory import MemoryEngine
from tests.gateway.graphql.people import DEPLOY, People
from tests.gateway.graphql.serving import Pair
from tests.gateway.graphql.wire import Wire, wired

OPERATION = "subscription($id: ID!) { operation(id: $id) { kind state progress revision error { code message } } }"
LOGS = """
subscription($id: ID!, $tail: Int, $follow: Boolean! = true, $after: String) {
  instanceLogs(id: $id, tail: $tail, follow: $follow, after: $after) { cursor text stream at recovered }
}
"""
STATS = "subscription($id: ID!) { instanceStats(id: $id) { at cpuMillis memoryBytes memoryLimitBytes processCount } }"
CONSOLE = "subscription($id: ID!) { instanceConsole(id: $id) { text data } }"
TYPE = "mutation($id: ID!, $input: String!) { sendConsoleInput(id: $id, input: $input) }"
STOP = "mutation($id: ID!) { stopInstance(id: $id) { operation { id } } }"


async def logged(wire: Wire) -> dict[str, Any]:
    line: dict[str, Any] = (await wire.next_data())["instanceLogs"]
    return line


async def test_an_operation_is_watched_to_its_end(pair: Pair, folk: People) -> None:
    wanted = {"name": "web", "imageName": "site", "memoryBytes": 64 << 20, "cpuMillis": 100}
    promise = (await pair.here.ask(DEPLOY, {"input": wanted}, token=folk.anna.token))["deployInstance"]
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(OPERATION, {"id": promise["operation"]["id"]})
        seen: list[dict[str, Any]] = []
        while (message := await wire.hear())["type"] == "next":
            seen.append(message["payload"]["data"]["operation"])
    assert message == {"type": "complete", "id": "1"}
    assert seen[-1]["state"] == "SUCCEEDED"
    assert seen[-1]["error"] is None
    revisions = [one["revision"] for one in seen]
    assert revisions == sorted(set(revisions))


async def test_an_operation_that_has_ended_comes_once(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running()
    found = await pair.here.ask("{ operations { nodes { id } } }", token=folk.anna.token)
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(OPERATION, {"id": found["operations"]["nodes"][0]["id"]})
        while (await wire.next_data())["operation"]["state"] != "SUCCEEDED":
            pass
        assert (await wire.hear())["type"] == "complete"
        await wire.subscribe(OPERATION, {"id": instance_id})
        assert (await wire.hear())["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_failure_says_why(pair: Pair, folk: People, engine: MemoryEngine) -> None:
    engine.faults["prepare_image", False].append(NotFound("There is no such image."))
    wanted = {"name": "web", "imageName": "site", "memoryBytes": 64 << 20, "cpuMillis": 100}
    promise = (await pair.here.ask(DEPLOY, {"input": wanted}, token=folk.anna.token))["deployInstance"]
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(OPERATION, {"id": promise["operation"]["id"]})
        while (shown := (await wire.next_data())["operation"])["state"] not in ("FAILED", "SUCCEEDED"):
            pass
    assert shown["state"] == "FAILED"
    assert shown["error"] == {"code": "NOT_FOUND", "message": "There is no such image."}


async def test_a_log_is_told_to_its_end_and_resumed_where_it_was_left(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running()
    anna = folk.anna.token
    async with wired(pair.there.socket_url, anna) as wire:
        await wire.subscribe(LOGS, {"id": instance_id})
        await wire.subscribe(CONSOLE, {"id": instance_id}, id="console")
        await pair.there.ask(TYPE, {"id": instance_id, "input": "one\ntwo\n"}, token=anna)
        seen: list[dict[str, Any]] = []
        while len(seen) < 2:
            message = await wire.hear()
            if message["id"] == "1":
                seen.append(message["payload"]["data"]["instanceLogs"])
    assert [line["text"] for line in seen] == ["one", "two"]
    assert [line["recovered"] for line in seen] == [None, None]
    await pair.there.ask(TYPE, {"id": instance_id, "input": "three\n"}, token=anna)
    async with wired(pair.there.socket_url, anna) as wire:
        await wire.subscribe(LOGS, {"id": instance_id, "after": seen[0]["cursor"]})
        lines = [await logged(wire), await logged(wire)]
        assert [(line["text"], line["recovered"]) for line in lines] == [("two", True), ("three", None)]
        await pair.here.ask(STOP, {"id": instance_id}, token=anna)
        while (await wire.hear())["type"] != "complete":
            pass


async def test_a_log_that_is_not_followed_ends(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running()
    await pair.there.ask(TYPE, {"id": instance_id, "input": "a\nb\nc\n"}, token=folk.anna.token)
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(LOGS, {"id": instance_id, "tail": 2, "follow": False})
        assert [(await logged(wire))["text"] for _ in range(2)] == ["b", "c"]
        assert (await wire.hear())["type"] == "complete"
        await wire.subscribe(LOGS, {"id": instance_id, "after": "nonsense"})
        assert (await wire.hear())["payload"][0]["extensions"]["code"] == "INVALID_INPUT"


async def test_figures_come_until_it_stops(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running()
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(STATS, {"id": instance_id})
        sample = (await wire.next_data())["instanceStats"]
        assert sample["memoryLimitBytes"] == 64 << 20
        assert sample["at"].endswith("+00:00")
        await pair.here.ask(STOP, {"id": instance_id}, token=folk.anna.token)
        while (await wire.hear())["type"] != "complete":
            pass
        await wire.subscribe(STATS, {"id": instance_id})
        assert (await wire.hear())["payload"][0]["extensions"]["code"] == "CONFLICT"


async def test_a_console_echoes_what_is_typed_and_cuts_no_character(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy_running()
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(CONSOLE, {"id": instance_id})
        await settled_on_console(pair, folk, wire, instance_id)
        (instance,) = pair.there.engine.instances.values()
        for piece in (b"\xc3", b"\xa4!"):
            instance.console_output.append(piece)
        pair.there.engine.changed.tell()
        shown = [(await wire.next_data())["instanceConsole"] for _ in range(2)]
    assert [one["text"] for one in shown] == ["", "ä!"]
    assert b"".join(base64.b64decode(one["data"]) for one in shown) == "ä!".encode()


async def test_one_upstream_serves_all_who_watch(pair: Pair, folk: People, engine: MemoryEngine) -> None:
    instance_id = await folk.deploy_running()
    async with (
        wired(pair.there.socket_url, folk.anna.token) as one,
        wired(pair.there.socket_url, folk.anna.token) as two,
    ):
        for wire in (one, two):
            await wire.subscribe(STATS, {"id": instance_id})
            await wire.next_data()
        assert engine.open["stats"] == 1


@pytest.mark.parametrize("query", [CONSOLE, 'mutation($id: ID!) { sendConsoleInput(id: $id, input: "x") }'])
async def test_a_viewer_has_no_console(pair: Pair, folk: People, query: str) -> None:
    instance_id = await folk.deploy_running()
    async with wired(pair.there.socket_url, folk.vera.token) as wire:
        await wire.subscribe(query, {"id": instance_id})
        message = await wire.hear()
    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == "FORBIDDEN"


async def settled_on_console(pair: Pair, folk: People, wire: Wire, instance_id: str) -> None:
    """Type until the watcher sees it: then it is attached."""
    while pair.there.engine.open["console"] == 0:
        await pair.there.ask("{ __typename }", token=folk.anna.token)
    await pair.there.ask(TYPE, {"id": instance_id, "input": "hi"}, token=folk.anna.token)
    assert (await wire.next_data())["instanceConsole"]["text"] == "hi"
