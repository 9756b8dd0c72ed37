"""The watch: what happens to a container behind our back is seen, and nothing is invented."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from domain.errors import NotFound, Unavailable
from domain.instances.observe import GONE, OUT_OF_MEMORY
from domain.models import Instance, InstanceState, Node, NodeState, OutboxEvent
from domain.nodes.check_node import check_node
from domain.nodes.remove_node import remove_node
from domain.nodes.watch import NodeWatch
from domain.unit import WAKE_OUTBOX
from tests.domain.instances.conftest import Place, place

__all__ = ["place"]
S = InstanceState


@asynccontextmanager
async def watched(place: Place) -> AsyncIterator[None]:
    """The watch, from the moment it listens: it looks at everything right after that."""
    looking = place.runtime.hold("list_instances")
    task = asyncio.create_task(NodeWatch(place.ports, "watcher").run())
    try:
        await asyncio.wait_for(looking.reached.wait(), 10)
        looking.released.set()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(place: Place, true: Callable[[], Awaitable[bool]]) -> None:
    """Look again after every commit that told of something."""

    async def look() -> None:
        async with place.ports.bus.subscribe([WAKE_OUTBOX]) as commits:
            while not await true():
                await anext(commits)

    await asyncio.wait_for(look(), 10)


async def reaches(place: Place, instance: Instance, state: S) -> Instance:
    async def arrived() -> bool:
        return await Instance.filter(id=instance.id, state=state).exists()

    await until(place, arrived)
    return await Instance.get(id=instance.id)


async def test_a_container_killed_from_outside_shows_as_stopped(place: Place) -> None:
    instance = await place.deployed()
    async with watched(place):
        place.runtime.kill_from_outside(instance.id)
        stopped = await reaches(place, instance, S.STOPPED)
    assert stopped.state_reason == "It ended with exit code 137."


async def test_running_out_of_memory_is_a_failure_with_its_reason(place: Place) -> None:
    instance = await place.deployed()
    async with watched(place):
        place.runtime.run_out_of_memory(instance.id)
        assert (await reaches(place, instance, S.FAILED)).state_reason == OUT_OF_MEMORY


async def test_what_happened_while_nobody_watched_is_looked_up(place: Place) -> None:
    killed, vanished, same = [await place.deployed(name=name, ports=()) for name in ("killed", "vanished", "same")]
    place.runtime.kill_from_outside(killed.id)
    await place.runtime.destroy(vanished.id)
    async with watched(place):
        await reaches(place, killed, S.STOPPED)
        assert (await reaches(place, vanished, S.FAILED)).state_reason == GONE
    assert (await place.look(same)).revision == same.revision


async def test_a_started_one_is_taken_as_running(place: Place) -> None:
    instance = await place.deployed()
    async with watched(place):
        await place.runtime.stop(instance.id, 1)
        await reaches(place, instance, S.STOPPED)
        await place.runtime.start(instance.id)
        await reaches(place, instance, S.RUNNING)


async def test_a_stray_is_reported_once_and_not_touched(place: Place) -> None:
    instance = await place.deployed()
    await Instance.filter(id=instance.id).delete()

    async def told() -> bool:
        return await OutboxEvent.filter(name="StrayContainerFound").exists()

    async with watched(place):
        await until(place, told)
    [event] = await OutboxEvent.filter(name="StrayContainerFound")
    assert event.payload["instance_id"] == str(instance.id)
    assert len(await place.runtime.list_instances()) == 1


async def test_a_node_that_goes_away_makes_its_instances_unreachable_until_it_is_back(place: Place) -> None:
    instance = await place.deployed()
    async with watched(place):
        place.runtime.fail_always(Unavailable("The engine does not answer."))
        await reaches(place, instance, S.UNREACHABLE)
        assert (await Node.get(id=place.node.id)).state is NodeState.OFFLINE
        place.runtime.fail_always(None)
        await reaches(place, instance, S.RUNNING)
        assert (await Node.get(id=place.node.id)).state is NodeState.ONLINE


async def test_only_one_process_watches_a_node(place: Place) -> None:
    async with watched(place):
        other = asyncio.create_task(NodeWatch(place.ports, "other").run())
        instance = await place.deployed()
        place.runtime.kill_from_outside(instance.id)
        await reaches(place, instance, S.STOPPED)
        assert place.runtime.open_streams("events") == 1
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)


async def test_a_node_removed_under_watch_ends_its_watch_quietly(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async with watched(place):
        check = place.runtime.hold("check")
        place.runtime.fail_always(Unavailable("The engine does not answer."))
        await asyncio.wait_for(check.reached.wait(), 10)
        await remove_node(place.ports, place.platform, place.node.id)
        check.released.set()
        with pytest.raises(NotFound):
            await check_node(place.ports, place.platform, place.node.id)
    assert "crashed" not in caplog.text


async def test_checking_a_node_that_is_removed_meanwhile_is_not_found(place: Place) -> None:
    check = place.runtime.hold("check")
    checking = asyncio.create_task(check_node(place.ports, place.platform, place.node.id))
    await asyncio.wait_for(check.reached.wait(), 10)
    await Node.filter(id=place.node.id).delete()
    check.released.set()
    with pytest.raises(NotFound):
        await checking
