"""The server of bench.subscription_probe: the real application, told by lines on its standard input.

`tell N` commits N changes of one instance; `figures` says CPU seconds and resident bytes. Prints JSON lines.
"""

from __future__ import annotations

import asyncio
import cProfile
import ctypes
import gc
import json
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from starlette.applications import Starlette

from domain.access import Actor
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.create_user import UserSpec, create_user
from domain.events import instance_changed
from domain.models import Instance, InstanceState, Node, Tenant, TenantRole
from domain.unit import unit_of_work
from gateway.app import create_app
from gateway.database import entered
from gateway.graphql.settings import GraphQLSettings
from gateway.server import listen, serve
from gateway.settings import Settings
from realtime.settings import SocketSettings


@dataclass(slots=True)
class Scene:
    """One instance and keys of people who may watch it."""

    instance: Instance
    tokens: list[str]


async def scene(app: Starlette, users: int) -> Scene:
    ports, system = app.state.house.ports, Actor.system()
    owner = await create_user(ports, system, _spec(0))
    tenant = await Tenant.filter(members__user_id=owner.id).first()
    assert tenant is not None
    member = {"tenant_id": tenant.id, "tenant_role": TenantRole.OWNER}
    people = [owner, *[await create_user(ports, system, _spec(number, **member)) for number in range(1, users)]]
    tokens = [
        (await create_api_key(ports, system, KeySpec(door="graphql", user_id=one.id, tenant_id=tenant.id)))[1]
        for one in people
    ]
    node = await Node.first() or await Node.create(name="bench", driver="memory")
    instance = await Instance.create(
        tenant_id=tenant.id,
        owner_id=owner.id,
        node_id=node.id,
        image_ref="bench:1",
        name="bench",
        slug="bench",
        state=InstanceState.RUNNING,
        memory_bytes=1 << 26,
        cpu_millis=100,
    )
    return Scene(instance, tokens)


def _spec(number: int, **member: Any) -> UserSpec:
    return UserSpec(username=f"bench{number}", email=f"bench{number}@example.org", **member)


async def tell(app: Starlette, instance: Instance, count: int) -> None:
    async with unit_of_work(app.state.house.ports) as unit:
        for _ in range(count):
            instance.revision += 1
            unit.emit(instance_changed(instance))


def figures() -> dict[str, float]:
    """CPU seconds so far; resident bytes without what was freed and only not given back yet."""
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc only
        ctypes.CDLL(None).malloc_trim(0)
    process = psutil.Process()
    times = process.cpu_times()
    return {"cpu_s": times.user + times.system, "rss": process.memory_info().rss}


async def obey(app: Starlette, users: int, port: int) -> None:
    """Carry out commands until standard input ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    with entered(app.state.house.database):
        made = await scene(app, users)
        _say({"port": port, "tokens": made.tokens, "instance_id": str(made.instance.id)})
        while words := (await lines.readline()).split():
            if words[0] == b"tell":
                await tell(app, made.instance, int(words[1]))
            _say(figures() if words[0] == b"figures" else {})


def _say(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


async def run(users: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        settings = Settings(
            data_dir=Path(folder),
            runtime="memory",
            port=port,
            seed=False,
            log_level="warning",
            graphql=GraphQLSettings(requests=0),
            sockets=SocketSettings(per_user=0, per_address=0),
        )
        app, ready = create_app(settings, say=lambda _: None), asyncio.Event()
        serving = asyncio.create_task(serve(app, settings, listener, ready.set))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            await obey(app, users, port)
            app.state.server.should_exit = True
        await serving
        listener.close()


def main() -> None:
    import uvloop

    profile = cProfile.Profile() if "--profile" in sys.argv else None
    if profile is not None:
        profile.enable()
    uvloop.run(run(int(sys.argv[1])))
    if profile is not None:
        profile.disable()
        profile.dump_stats("/tmp/gatehouse-subscriptions.prof")


if __name__ == "__main__":
    main()
