"""Who is in a channel: one list over all replicas."""

from __future__ import annotations

from typing import Any

from domain.channels.policy import ChannelPolicy
from domain.models import TenantRole
from tests.gateway.served import until
from tests.realtime.bus.conftest import Town
from tests.realtime.bus.wire import Bus, on_bus


async def names(bus: Bus, channel: str = "room") -> dict[str, Any]:
    present = (await bus.done("presence", channel=channel))["present"]
    return {one["name"]: one["state"] for one in present}


async def test_who_comes_and_goes_is_told(town: Town) -> None:
    async with on_bus(town.there, town.anna) as anna:
        told = await anna.done("subscribe", channel="room", presence=True, state={"mood": 1})
        assert [one["name"] for one in told["present"]] == ["anna"]
        async with on_bus(town.here, town.root) as root:
            # A platform owner comes in at the default tenant or one of their own: not in this room.
            await root.done_ping()
        async with on_bus(town.here, town.anna) as other:
            await other.done("subscribe", channel="room", state="hi")
            joined = await anna.push("join")
            assert (joined["name"], joined["state"], joined["channel"]) == ("anna", "hi", "room")
            assert joined["userId"] == str(town.anna.user.id)
            await other.done("presence", channel="room", state=None)
            changed = await anna.push("update")
            assert (changed["connection"], changed["state"]) == (joined["connection"], None)
        left = await anna.push("leave")
        assert left["connection"] == joined["connection"]
        await anna.is_quiet()


async def test_the_list_holds_those_of_all_replicas(town: Town) -> None:
    async with on_bus(town.here, town.anna) as one, on_bus(town.there, town.anna) as two:
        await one.done("subscribe", channel="room", state=1)
        await two.done("subscribe", channel="room", state=2)
        for bus in (one, two):

            async def sees_both(bus: Bus = bus) -> bool:
                present = (await bus.done("presence", channel="room"))["present"]
                return sorted(member["state"] for member in present) == [1, 2]

            await until(sees_both)


async def test_leaving_the_channel_is_leaving_the_list(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna, on_bus(town.here, town.anna) as other:
        await anna.done("subscribe", channel="room", presence=True)
        await other.done("subscribe", channel="room")
        await anna.push("join")
        await other.done("unsubscribe", channel="room")
        await anna.push("leave")
        assert list(await names(anna)) == ["anna"]


async def test_who_may_not_see_it_is_refused_and_not_told(town: Town) -> None:
    async with on_bus(town.here, town.vera) as vera, on_bus(town.here, town.anna) as anna:
        assert await vera.refused("subscribe", channel="board:1", presence=True) == "FORBIDDEN"
        await vera.done("subscribe", channel="board:1")
        assert await vera.refused("presence", channel="board:1") == "FORBIDDEN"
        await anna.done("subscribe", channel="board:1")
        await vera.is_quiet()


async def test_a_channel_may_have_none(town: Town) -> None:
    await town.configure("quiet:*", ChannelPolicy(has_presence=False))
    async with on_bus(town.here, town.anna) as anna:
        assert "present" not in await anna.done("subscribe", channel="quiet:1", presence=True)
        assert await anna.refused("presence", channel="quiet:1") == "UNSUPPORTED"


async def test_states_are_bounded(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna:
        await anna.done("subscribe", channel="room")
        assert await anna.refused("presence", channel="room", state="x" * 2100) == "TOO_LARGE"
        assert await names(anna) == {"anna": None}


async def test_a_rule_may_take_the_sight_away(town: Town) -> None:
    await town.configure("board:1", ChannelPolicy(subscribe_role=TenantRole.VIEWER, presence_role=TenantRole.VIEWER))
    async with on_bus(town.here, town.vera) as vera, on_bus(town.here, town.anna) as anna:
        await vera.done("subscribe", channel="board:1", presence=True)
        await town.configure("board:1", ChannelPolicy(subscribe_role=TenantRole.VIEWER))

        async def is_blind() -> bool:
            return str((await vera.ask("presence", channel="board:1"))["status"]) == "error"

        await until(is_blind)
        await anna.done("subscribe", channel="board:1")
        await vera.is_quiet()
