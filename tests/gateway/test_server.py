"""The listening socket, and an orderly end."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path

import pytest
import websockets

from domain.models.operation import Operation, OperationState
from domain.ports.clock import SystemClock
from drivers.runtime.memory import MemoryEngine, MemoryRuntime
from drivers.runtime.memory.engine import Hold
from gateway.database import entered
from gateway.faults import StartupError
from gateway.server import listen
from gateway.wiring import Drivers
from realtime.settings import SocketSettings
from tests.gateway.served import Served, served, settings_for, until


def test_connections_inherit_what_finds_out_a_stuck_client() -> None:
    tuning = SocketSettings(tcp_user_timeout_s=3.0, send_buffer_bytes=65_536)
    with listen("127.0.0.1", 0, tuning) as listener, socket.create_connection(listener.getsockname()):
        listener.setblocking(True)
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 3_000
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 2 * 65_536
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_in_use_is_said_in_one_line() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartupError, match=f"GATEHOUSE_PORT: 127.0.0.1:{port} is in use"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_said_in_one_line(host: str) -> None:
    with pytest.raises(StartupError, match="GATEHOUSE_HOST: ") as raised:
        listen(host, 0)
    assert "\n" not in str(raised.value)


def test_localhost_is_the_one_that_everybody_means() -> None:
    with listen("localhost", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_can_be_taken_again_at_once() -> None:
    with listen("127.0.0.1", 0) as listener:
        address = listener.getsockname()
        listener.setblocking(True)
        client = socket.create_connection(address)
        accepted, _ = listener.accept()
        accepted.close()
        client.close()
    listen(*address).close()


async def connected(replica: Served) -> websockets.ClientConnection:
    url = f"{replica.websocket_url}/graphql"
    client = await websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")])
    token = {"authorization": f"Bearer {replica.keys['graphql']}"}
    await client.send(json.dumps({"type": "connection_init", "payload": token}))
    assert json.loads(await client.recv())["type"] == "connection_ack"
    return client


async def test_sockets_are_sent_away_with_1001(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path)) as replica:
        client = await connected(replica)
        replica.stop()
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(client.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001


async def test_a_client_that_never_reads_does_not_hold_up_the_end(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with served(settings_for(tmp_path, shutdown_grace_s=1.0)) as replica:
        client = await connected(replica)
        client.transport.pause_reading()
        began = loop.time()
        replica.stop()
    assert loop.time() - began < 5
    client.transport.abort()


async def test_a_request_on_its_way_is_answered_before_the_end(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path)) as replica:
        reader, writer = await asyncio.open_connection("127.0.0.1", replica.port)
        body = json.dumps({"query": "{ serverInfo { version } }"}).encode()
        head = ["POST /graphql HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*head, "", ""]).encode() + body[:10])
        await writer.drain()
        await until(lambda: begun(replica))
        replica.stop()
        await replica.house.is_closing.wait()
        writer.write(body[10:])
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"serverInfo" in answer
        writer.close()


async def begun(replica: Served) -> bool:
    return bool(replica.app.state.server.server_state.tasks)


async def test_operations_and_leases_are_given_back(tmp_path: Path) -> None:
    engine = MemoryEngine()
    drivers = Drivers(runtimes={"memory": lambda node: MemoryRuntime(node, SystemClock(), state=engine)})
    settings = settings_for(tmp_path, shutdown_grace_s=0.2)
    hold = engine.held["create", False] = Hold(asyncio.Event(), asyncio.Event())
    async with served(settings, drivers) as replica:
        key = {"x-api-key": replica.keys["skyport"]}
        await deploy(replica, key)
        await hold.reached.wait()
        name = replica.house.name
    engine.held.clear()
    async with served(settings, drivers) as replica:
        with entered(replica.house.database):
            assert not await Operation.filter(worker=name).exists()
            # The leases of the first are free: relay, node watch and job go on at once.
            await until(Operation.filter(state=OperationState.SUCCEEDED, attempts=1).exists, 10)
        instances = (await replica.client.get("/api/instances", headers=key)).json()
        assert [instance["State"] for instance in instances] == ["running"]
    assert len(engine.instances) == 1


async def deploy(replica: Served, key: dict[str, str]) -> None:
    node = (await replica.client.get("/api/nodes", headers=key)).json()[0]["id"]
    user = (await replica.client.get("/api/users", headers=key)).json()[0]["userId"]
    body = {
        "image": "gatehouse/http-echo", "imagename": "gatehouse/http-echo", "memory": 64, "cpu": 1,
        "ports": "18080:18080", "nodeId": node, "name": "a", "user": user, "primary": "18080",
    }  # fmt: skip
    assert (await replica.client.post("/api/instances/deploy", headers=key, json=body)).status_code == 201


async def test_the_process_ends_by_itself_when_told(tmp_path: Path) -> None:
    """SIGTERM: exit code 0, the last word is not a traceback, and the port is free again."""
    environment = {"PATH": "/usr/bin:/bin", "GATEHOUSE_DATA_DIR": str(tmp_path), "GATEHOUSE_RUNTIME": "memory"}
    command = [sys.executable, "-m", "gateway.cli.main", "serve", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while b"serves http" not in (line := await process.stdout.readline()) or not line.startswith(b"Gatehouse 0"):
            assert line, (await process.communicate())[1].decode()
    process.terminate()
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert b"Traceback" not in errors
