"""`gatehouse worker` beside a gateway that serves without one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from domain.models.operation import Operation, OperationState
from domain.ports.runtime import NodeEngine
from drivers.runtime.process import ProcessRuntime
from gateway.database import entered
from tests.engines.process import free_port
from tests.gateway.served import Served, served, settings_for, until


@asynccontextmanager
async def worker(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli.main", "worker",
        env={"PATH": "/usr/bin:/bin", "GATEHOUSE_DATA_DIR": str(folder)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert b" works as " in line, (await process.communicate())[1].decode()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def deployed(replica: Served) -> str:
    """An instance of the echo image; its id at the door."""
    key = {"x-api-key": replica.keys["skyport"]}
    node = (await replica.client.get("/api/nodes", headers=key)).json()[0]["id"]
    user = (await replica.client.get("/api/users", headers=key)).json()[0]["userId"]
    port = str(free_port())
    body = {
        "image": "gatehouse/http-echo", "imagename": "gatehouse/http-echo", "memory": 64, "cpu": 1,
        "ports": f"{port}:{port}", "nodeId": node, "name": "echo", "user": user, "primary": port,
    }  # fmt: skip
    answer = await replica.client.post("/api/instances/deploy", headers=key, json=body)
    assert answer.status_code == 201
    return str(answer.json()["volumeId"])


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """A data folder; whatever still runs in it at the end is ended."""
    yield tmp_path
    for root in (tmp_path / "instances").glob("*"):
        runtime = ProcessRuntime(NodeEngine(UUID(root.name), "process"), root=root, bind_host="127.0.0.1")
        for left in await runtime.list_instances():
            await runtime.destroy(left.instance_id)
        await runtime.close()


async def test_a_gateway_without_a_worker_leaves_the_work_to_one(folder: Path) -> None:
    async with served(settings_for(folder, runtime="process", worker=False)) as replica:
        key = {"x-api-key": replica.keys["skyport"]}
        short_id = await deployed(replica)

        async def state() -> str:
            answer = await replica.client.post("/api/getInstance", headers=key, json={"id": short_id})
            return str(answer.json().get("State", "gone"))

        async def is_running() -> bool:
            return await state() == "running"

        async def is_destroyed() -> bool:
            with entered(replica.house.database):
                return await Operation.filter(kind="instances.destroy", state=OperationState.SUCCEEDED).exists()

        assert await state() == "installing"
        async with worker(folder) as process:
            await until(is_running)
            await replica.client.request("DELETE", "/api/instance/delete", headers=key, json={"id": short_id})
            await until(is_destroyed)
            assert await state() == "gone"
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0
