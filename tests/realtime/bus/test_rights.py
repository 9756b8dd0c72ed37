"""Who may do what in a channel, also when that changes while the socket is open."""

from __future__ import annotations

import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.channels.policy import ChannelPolicy
from domain.models import TenantRole
from domain.tenants.change_member_role import change_member_role
from tests.domain.people import SYSTEM
from tests.gateway.graphql.people import Person
from tests.realtime.bus.conftest import Town
from tests.realtime.bus.wire import on_bus


async def test_viewers_use_only_what_a_rule_gives_them(town: Town) -> None:
    async with on_bus(town.here, town.vera) as vera, on_bus(town.here, town.anna) as anna:
        assert await vera.refused("subscribe", channel="news") == "FORBIDDEN"
        assert await vera.refused("history", channel="kept:news") == "FORBIDDEN"
        await vera.done("subscribe", channel="board:1")
        assert await vera.refused("publish", channel="board:1", data=1) == "FORBIDDEN"
        await anna.done("publish", channel="board:1", data=2)
        assert await vera.texts(1) == [2]


@pytest.mark.parametrize(
    ("narrowed", "may_listen", "may_publish"),
    [
        ({"read_only": True}, True, False),
        ({"scopes": frozenset({"channels:write"})}, False, True),
        ({"scopes": frozenset({"instances:read"})}, False, False),
    ],
)
async def test_a_credential_may_narrow_it(
    town: Town, narrowed: dict[str, object], may_listen: bool, may_publish: bool
) -> None:
    with town.here.inside():
        spec = KeySpec(door="graphql", user_id=town.anna.user.id, **narrowed)  # type: ignore[arg-type]
        _, text = await create_api_key(town.here.house.ports, SYSTEM, spec)
    async with on_bus(town.here, Person(town.anna.user, town.anna.tenant, text)) as bus:
        assert ((await bus.ask("subscribe", channel="news"))["status"] == "ok") is may_listen
        assert ((await bus.ask("publish", channel="news", data=1))["status"] == "ok") is may_publish


async def test_a_narrowed_credential_says_nothing_to_other_connections(town: Town) -> None:
    with town.here.inside():
        spec = KeySpec(door="graphql", user_id=town.anna.user.id, read_only=True)
        _, text = await create_api_key(town.here.house.ports, SYSTEM, spec)
    async with (
        on_bus(town.here, Person(town.anna.user, town.anna.tenant, text)) as narrow,
        on_bus(town.here, town.anna) as anna,
    ):
        assert await narrow.answer(await narrow.say("app:hello", 1)) == {"status": "ok"}
        await narrow.done_ping()
        await anna.is_quiet()


async def test_a_changed_rule_holds_on_open_sockets(town: Town) -> None:
    async with on_bus(town.there, town.vera) as vera, on_bus(town.there, town.anna) as anna:
        for bus in (vera, anna):
            await bus.done("subscribe", channel="board:1")
        await town.configure("board:*", ChannelPolicy())
        lost = await vera.push("unsubscribed")
        assert (lost["channel"], lost["code"]) == ("board:1", "FORBIDDEN")
        await anna.done("publish", channel="board:1", data=1)
        assert await anna.texts(1) == [1]
        await vera.is_quiet()
        assert await vera.refused("subscribe", channel="board:1") == "FORBIDDEN"


async def test_a_channel_that_becomes_another_one_is_left_by_all(town: Town) -> None:
    async with on_bus(town.there, town.anna) as anna:
        await anna.done("subscribe", channel="news")
        await town.configure("news", ChannelPolicy(history_count=10))
        lost = await anna.push("unsubscribed")
        assert (lost["channel"], lost["code"]) == ("news", "CONFLICT")
        assert (await anna.done("subscribe", channel="news"))["history"] is True
        assert (await anna.done("publish", channel="news", data=1))["offset"] == 1
        assert await anna.texts(1) == [1]


async def test_a_changed_role_makes_the_socket_connect_again(town: Town) -> None:
    async with on_bus(town.there, town.vera) as vera:
        await vera.done_ping()
        with town.here.inside():
            await change_member_role(
                town.here.house.ports, SYSTEM, town.anna.tenant.id, town.vera.user.id, TenantRole.OPERATOR
            )
        assert await vera.closed() == 1012
    async with on_bus(town.there, town.vera) as vera:
        await vera.done("subscribe", channel="news")
