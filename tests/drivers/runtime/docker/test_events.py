from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import docker
import pytest

from domain.errors import Unavailable
from domain.ports.runtime import NodeEngine, RuntimeEvent
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.names import container_name
from tests.drivers.runtime.docker.conftest import Run, Specify
from tests.drivers.runtime.docker.middleman import Middleman

pytestmark = pytest.mark.docker


async def _until(events: AsyncIterator[RuntimeEvent], kind: str) -> list[str]:
    kinds: list[str] = []
    async with asyncio.timeout(10):
        async for event in events:
            kinds.append(event.kind)
            if event.kind == kind:
                return kinds
    raise AssertionError(f"the events ended without {kind}")


async def test_the_life_of_an_instance_is_heard(runtime: DockerRuntime, specify: Specify) -> None:
    spec = specify(("sleep", "100"))
    async with runtime.events() as events:
        await runtime.create(spec)
        await runtime.start(spec.instance_id)
        await runtime.run_command(spec.instance_id, ("true",))
        await runtime.pause(spec.instance_id)
        await runtime.unpause(spec.instance_id)
        await runtime.stop(spec.instance_id, 5)
        await runtime.destroy(spec.instance_id)
        kinds = await _until(events, "destroy")
    assert [kind for kind in kinds if kind != "kill"] == [
        "create",
        "start",
        "pause",
        "unpause",
        "die",
        "stop",
        "destroy",
    ]


async def test_a_kill_from_outside_is_heard_at_once(runtime: DockerRuntime, run: Run, sdk: docker.APIClient) -> None:
    spec = await run(("sleep", "100"))
    async with runtime.events() as events:
        sdk.kill(container_name(spec.instance_id))
        async with asyncio.timeout(2):
            assert {(await anext(events)).instance_id for _ in range(2)} == {spec.instance_id}


async def test_what_was_before_and_what_is_not_ours_is_not_heard(
    runtime: DockerRuntime, run: Run, specify: Specify, sdk: docker.APIClient, busybox_image: str
) -> None:
    spec = await run(("sleep", "100"))
    async with runtime.events() as events:
        foreign = sdk.create_container(busybox_image, ["true"], labels={"gatehouse.owner": "somebody else"})
        sdk.remove_container(foreign["Id"])
        await runtime.kill(spec.instance_id)
        assert (await _until(events, "die"))[0] in ("kill", "die")


async def test_closing_does_not_wait_for_an_event(runtime: DockerRuntime) -> None:
    async with asyncio.timeout(5):
        async with runtime.events() as events:
            waiting = asyncio.ensure_future(anext(events))
            await asyncio.wait([waiting], timeout=0.1)
        with pytest.raises(StopAsyncIteration):
            await waiting


async def test_a_cancelled_wait_loses_no_event(runtime: DockerRuntime, specify: Specify) -> None:
    spec = specify()
    async with runtime.events() as events:
        for _ in range(3):
            waiting = asyncio.ensure_future(anext(events))
            await asyncio.wait([waiting], timeout=0.05)
            waiting.cancel()
            await asyncio.wait([waiting])
        await runtime.create(spec)
        assert await _until(events, "create") == ["create"]


async def test_events_end_when_the_engine_goes_away(docker_node: NodeEngine, owner: str) -> None:
    async with Middleman(docker_node.address) as middleman:
        runtime = DockerRuntime(middleman.node, owner=owner)
        async with asyncio.timeout(10), runtime.events() as events:
            middleman.vanish()
            assert [event async for event in events] == []
        with pytest.raises(Unavailable):
            async with runtime.events():
                pass
        await runtime.close()
