from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from domain.errors import InvalidInput, Unavailable
from domain.ports.runtime import NodeEngine, RuntimeState
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.engine import Engine
from tests.drivers.runtime.docker.certificates import Authority
from tests.drivers.runtime.docker.conftest import Run, Specify
from tests.drivers.runtime.docker.middleman import Middleman
from tests.engines.process import free_port


class Heartbeat:
    """Ticks on the event loop. longest_s: the longest that a tick had to wait."""

    def __init__(self) -> None:
        self.ticks = 0
        self.longest_s = 0.0

    async def __aenter__(self) -> Heartbeat:
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            self.ticks += 1
            self.longest_s = max(self.longest_s, loop.time() - before)


@pytest.mark.docker
async def test_the_event_loop_beats_on_while_the_engine_hangs(docker_node: NodeEngine, owner: str) -> None:
    async with Middleman(docker_node.address) as middleman:
        runtime = DockerRuntime(middleman.node, owner=owner, max_threads=2)
        await runtime.check()
        middleman.hold()
        async with Heartbeat() as heart:
            waiting = [asyncio.create_task(runtime.list_instances()) for _ in range(8)]
            await asyncio.wait(waiting, timeout=0.5)
            assert not any(task.done() for task in waiting)
        assert heart.ticks > 25
        assert heart.longest_s < 0.25
        middleman.release()
        async with asyncio.timeout(20):
            assert await asyncio.gather(*waiting) == [[]] * 8
        await runtime.close()


@pytest.mark.docker
async def test_the_event_loop_beats_on_while_an_instance_is_slow_to_stop(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("trap '' TERM; while :; do sleep 1; done")
    async with Heartbeat() as heart:
        assert (await runtime.stop(spec.instance_id, 1)).state is RuntimeState.STOPPED
    assert heart.ticks > 50
    assert heart.longest_s < 0.25


@pytest.mark.parametrize("address", ["unix:///absent/docker.sock", "tcp://127.0.0.1:{port}"])
async def test_an_engine_that_is_not_there_is_unavailable(address: str, owner: str) -> None:
    node = NodeEngine(uuid4(), "docker", address.format(port=free_port()))
    runtime = DockerRuntime(node, owner=owner)
    with pytest.raises(Unavailable, match="does not answer"):
        await runtime.check()
    with pytest.raises(Unavailable):
        await runtime.destroy(uuid4())
    with pytest.raises(Unavailable):
        async with runtime.events():
            pass
    await runtime.close()


async def test_something_else_at_the_port_is_unavailable(owner: str) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"SSH-2.0-other\r\n")
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        runtime = DockerRuntime(NodeEngine(uuid4(), "docker", f"tcp://127.0.0.1:{port}"), owner=owner)
        with pytest.raises(Unavailable, match="does not answer"):
            await runtime.check()
        await runtime.close()


async def test_a_wrong_address_is_refused_by_the_first_call(owner: str) -> None:
    runtime = DockerRuntime(NodeEngine(uuid4(), "docker", "ssh://host"), owner=owner)
    with pytest.raises(InvalidInput):
        await runtime.check()
    await runtime.close()


@pytest.mark.docker
async def test_an_engine_that_comes_back_is_used_again(docker_node: NodeEngine, owner: str) -> None:
    async with Middleman(docker_node.address) as middleman:
        runtime = DockerRuntime(middleman.node, owner=owner)
        assert await runtime.list_instances() == []
        middleman.vanish()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await runtime.list_instances()
        await middleman.return_()
        assert await runtime.list_instances() == []
        await runtime.close()


@pytest.mark.docker
async def test_all_who_come_while_connecting_share_one_attempt(docker_node: NodeEngine) -> None:
    async with Middleman(docker_node.address) as middleman:
        engine = Engine(middleman.node, max_threads=4)
        middleman.hold()
        waiting = [asyncio.create_task(engine.is_local()) for _ in range(20)]
        waiting[0].cancel()
        await asyncio.wait(waiting, timeout=0.2)
        assert middleman.used == 1
        middleman.release()
        assert await asyncio.gather(*waiting[1:]) == [False] * 19
        engine.close()


@pytest.mark.docker
async def test_a_closed_runtime_says_so(docker_node: NodeEngine, owner: str) -> None:
    runtime = DockerRuntime(docker_node, owner=owner)
    await runtime.check()
    await runtime.close()
    with pytest.raises(Unavailable):
        await runtime.check()


@pytest.mark.docker
async def test_a_node_is_asked_who_it_is(runtime: DockerRuntime, sdk: docker.APIClient) -> None:
    info = await runtime.check()
    assert info.version == f"Docker {sdk.version()['Version']}"
    assert info.cpu_millis == sdk.info()["NCPU"] * 1000
    assert info.memory_bytes == sdk.info()["MemTotal"]
    assert info.disk_free_bytes is None or info.disk_free_bytes > 0


@pytest.mark.docker
async def test_the_default_address_is_the_environments(
    docker_node: NodeEngine, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_node.address)
    runtime = DockerRuntime(NodeEngine(uuid4(), "docker"), owner=owner)
    assert (await runtime.check()).version.startswith("Docker ")
    await runtime.close()


async def _whole_journey(runtime: DockerRuntime, specify: Specify) -> None:
    """Calls, a stream, a two-way connection and an upload."""
    spec = specify(("sh",))
    await runtime.create(spec)
    await runtime.start(spec.instance_id)
    async with asyncio.timeout(20), runtime.console(spec.instance_id) as console:
        writing = asyncio.create_task(console.write(b"echo $((6*7)); exit\n" * 1))
        output = b"".join([piece async for piece in console])
        await writing
    assert b"42" in output
    async with asyncio.timeout(20), runtime.logs(spec.instance_id, follow=True) as lines:
        assert "42" in [line.text async for line in lines]
    await runtime.destroy(spec.instance_id)


@pytest.mark.docker
async def test_everything_works_over_tcp(docker_node: NodeEngine, owner: str, specify: Specify) -> None:
    async with Middleman(docker_node.address) as middleman:
        runtime = DockerRuntime(middleman.node, owner=owner)
        await _whole_journey(runtime, specify)
        await runtime.close()


@pytest.mark.docker
async def test_everything_works_over_tls_with_certificates_on_both_sides(
    docker_node: NodeEngine, owner: str, specify: Specify, tmp_path: Path
) -> None:
    authority = Authority()
    cert, key = authority.issue("gatehouse")
    async with Middleman(docker_node.address, authority.server_context(tmp_path)) as middleman:
        address = f"tcp://127.0.0.1:{middleman.port}"
        node = NodeEngine(uuid4(), "docker", address, tls_ca=authority.pem, tls_cert=cert, tls_key=key)
        runtime = DockerRuntime(node, owner=owner)
        await _whole_journey(runtime, specify)
        await runtime.close()


@pytest.mark.docker
async def test_an_engine_of_another_authority_is_not_trusted(
    docker_node: NodeEngine, owner: str, tmp_path: Path
) -> None:
    theirs, ours = Authority(), Authority()
    cert, key = theirs.issue("gatehouse")
    context = theirs.server_context(tmp_path)
    context.verify_mode = ssl.CERT_NONE
    async with Middleman(docker_node.address, context) as middleman:
        address = f"tcp://127.0.0.1:{middleman.port}"
        node = NodeEngine(uuid4(), "docker", address, tls_ca=ours.pem, tls_cert=cert, tls_key=key)
        runtime = DockerRuntime(node, owner=owner)
        with pytest.raises(Unavailable):
            await runtime.check()
        await runtime.close()
