"""The contract's frames, and what a client may ask beyond it."""

from __future__ import annotations

import json

from tests.realtime.bus.conftest import Town
from tests.realtime.bus.wire import on_bus


async def test_every_request_is_acknowledged_to_the_letter(town: Town) -> None:
    async with on_bus(town.here, town.anna) as bus:
        await bus.connection.send('{"id":"a1","cmd":"ping","data":{}}')
        assert await bus.connection.recv() == '{"id":"a1","cmd":"ack","data":{"status":"pong"}}'
        await bus.connection.send('{"id":"a2","cmd":"whatever","data":null,"more":1}')
        assert await bus.connection.recv() == '{"id":"a2","cmd":"ack","data":{"status":"ok"}}'


NOISE: list[str | bytes] = [
    "", "x", "{}", "[]", "null", '{"id":1,"cmd":"ping","data":0}', '{"id":"1","cmd":"ping"}', '{"cmd":"ping","data":0}',
    '{"id":"1","cmd":"ping","data":', b"\0", b'{"id":"1","cmd":"ping","data":0}', "[" * 5000,
]  # fmt: skip


async def test_what_is_no_request_is_ignored(town: Town) -> None:
    async with on_bus(town.here, town.anna) as bus:
        for noise in NOISE:
            await bus.connection.send(noise)
            await bus.is_quiet()


async def test_without_a_sign_in_it_closes_with_4401(town: Town) -> None:
    async with on_bus(town.here) as bus:
        assert await bus.closed() == 4401


async def test_unknown_commands_reach_the_persons_other_connections(town: Town) -> None:
    async with (
        on_bus(town.here, town.anna) as one,
        on_bus(town.there, town.anna) as two,
        on_bus(town.there, town.vera) as vera,
        on_bus(town.there, town.bert) as bert,
    ):
        for other in (two, vera, bert):
            await other.done_ping()
        assert await one.answer(await one.say("app:hello", {"x": [1, "ä"]})) == {"status": "ok"}
        assert await two.push("app:hello") == {"x": [1, "ä"]}
        for other in (one, vera, bert):
            await other.is_quiet()


async def test_nobody_speaks_as_the_server(town: Town) -> None:
    async with on_bus(town.here, town.anna) as one, on_bus(town.here, town.anna) as two:
        await two.done_ping()
        for cmd in ("ACTION", "notification", "ack", "message"):
            assert await one.answer(await one.say(cmd, {})) == {"status": "ok"}
        await one.answer(await one.say("last", 1))
        assert (await two.hear())["data"] == 1


async def test_messages_reach_whoever_listens(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna, on_bus(town.there, town.anna) as other:
        told = await other.done("subscribe", channel="news")
        assert told == {"status": "ok", "channel": "news", "history": False}
        await anna.done("subscribe", channel="news")
        assert await anna.done("publish", channel="news", data={"a": 1}) == {"status": "ok", "history": False}
        for bus in (anna, other):
            message = await bus.push()
            assert {key: message[key] for key in ("channel", "from", "data")} == {
                "channel": "news",
                "from": "anna",
                "data": {"a": 1},
            }
            assert "offset" not in message
        await other.done("unsubscribe", channel="news")
        await anna.done("publish", channel="news", data=2)
        assert await anna.texts(1) == [2]
        await other.is_quiet()


async def test_messages_come_in_order(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna, on_bus(town.there, town.anna) as other:
        for channel in ("news", "kept:news"):
            await other.done("subscribe", channel=channel)
            asked = [await anna.say("publish", {"channel": channel, "data": number}) for number in range(300)]
            answers = {number: await anna.answer(number) for number in asked}
            assert all(answer["status"] == "ok" for answer in answers.values())
            assert await other.texts(300) == list(range(300))


async def test_channels_of_tenants_are_apart(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna, on_bus(town.here, town.bert) as bert:
        for bus in (anna, bert):
            await bus.done("subscribe", channel="news")
        await anna.done("publish", channel="news", data=1)
        await bert.is_quiet()
        assert await anna.texts(1) == [1]


REFUSED: list[tuple[str, object, str]] = [
    ("subscribe", {}, "INVALID_INPUT"),
    ("subscribe", None, "INVALID_INPUT"),
    ("subscribe", {"channel": ""}, "INVALID_INPUT"),
    ("subscribe", {"channel": "a b"}, "INVALID_INPUT"),
    ("subscribe", {"channel": "news", "after": {"epoch": "x"}}, "INVALID_INPUT"),
    ("subscribe", {"channel": "events:nonsense"}, "INVALID_INPUT"),
    ("subscribe", {"channel": "news", "state": "x" * 3000}, "TOO_LARGE"),
    ("publish", {"channel": "news"}, "INVALID_INPUT"),
    ("publish", {"channel": "*", "data": 1}, "INVALID_INPUT"),
    ("publish", {"channel": "events:instance", "data": 1}, "FORBIDDEN"),
    ("publish", {"channel": "instance:1", "data": 1}, "FORBIDDEN"),
    ("publish", {"channel": "news", "data": "x" * 65_536}, "TOO_LARGE"),
    ("presence", {"channel": "news"}, "CONFLICT"),
    ("history", {"channel": "news"}, "UNSUPPORTED"),
    ("history", {"channel": "kept:news", "limit": 0}, "INVALID_INPUT"),
    ("history", {"channel": "kept:news", "limit": 501}, "INVALID_INPUT"),
    ("app:long", "x" * 65_536, "TOO_LARGE"),
]


async def test_bad_requests_are_refused_and_harm_nothing(town: Town) -> None:
    async with on_bus(town.here, town.anna) as bus:
        for cmd, data, code in REFUSED:
            answer = await bus.answer(await bus.say(cmd, data))
            assert (answer["status"], answer.get("code")) == ("error", code), (cmd, str(data)[:80])
            assert answer["message"]
        await bus.is_quiet()


async def test_unknown_fields_are_ignored_and_odd_texts_survive(town: Town) -> None:
    odd = ["\0", "\u2028", "😀", "", {'ä"': None}, 1e300, 2**70]
    async with on_bus(town.here, town.anna) as bus:
        for channel in ("news", "kept:odd"):
            await bus.done("subscribe", channel=channel, unknown=True)
            for one in odd:
                await bus.done("publish", channel=channel, data=one, unknown=1)
            assert await bus.texts(len(odd)) == odd
        listed = await bus.done("history", channel="kept:odd")
        assert [message["data"] for message in listed["messages"]] == odd


async def test_a_number_that_nobody_can_read_is_refused(town: Town) -> None:
    async with on_bus(town.here, town.anna) as bus:
        await bus.connection.send('{"id":"1","cmd":"publish","data":{"channel":"news","data":1e999}}')
        assert (await bus.answer("1"))["code"] == "INVALID_INPUT"


async def test_a_socket_has_so_many_channels(town: Town) -> None:
    most = town.here.house.ports.limits.channels_per_socket
    async with on_bus(town.here, town.anna) as bus:
        for number in range(most):
            await bus.say("subscribe", {"channel": f"events:{'file' if number % 2 else 'image'}"})
        for number in range(most):
            await bus.answer(str(number + 1))
        await bus.done_ping()
        for number in range(most - 2):
            await bus.done("subscribe", channel=f"instance:{number}")
        assert await bus.refused("subscribe", channel="one-more") == "QUOTA_EXCEEDED"
        await bus.done("subscribe", channel="events:file")
        await bus.done("unsubscribe", channel="events:file")
        await bus.done("subscribe", channel="one-more")


async def test_answers_are_json_in_text_frames(town: Town) -> None:
    async with on_bus(town.here, town.anna) as bus:
        await bus.connection.send(json.dumps({"id": "1", "cmd": "subscribe", "data": {"channel": "a:b"}}))
        assert isinstance(await bus.connection.recv(), str)
