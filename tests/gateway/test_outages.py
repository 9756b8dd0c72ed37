"""What a replica depends on goes away and comes back; nobody has to restart anything."""

from __future__ import annotations

from pathlib import Path

from tests.engines.redis import RedisServer
from tests.gateway.served import Served, served, settings_for, until


async def not_ready(replica: Served) -> dict[str, str]:
    found: dict[str, str] = (await replica.client.get("/readyz")).json()["notReady"]
    return found


async def test_a_replica_outlives_a_crash_of_redis(tmp_path: Path, restartable_redis: RedisServer) -> None:
    settings = settings_for(tmp_path, redis_url=restartable_redis.url(), secret_key="k" * 40)
    async with served(settings) as replica:
        key = {"x-api-key": replica.keys["skyport"]}
        assert await not_ready(replica) == {}
        restartable_redis.kill()

        async def bus_is_named() -> bool:
            return "bus" in await not_ready(replica)

        async def works_again() -> bool:
            return await not_ready(replica) == {}

        async def deployed() -> bool:
            instances = (await replica.client.get("/api/instances", headers=key)).json()
            return [instance["State"] for instance in instances] == ["running"]

        await until(bus_is_named)
        assert (await replica.client.get("/healthz")).status_code == 200
        restartable_redis.start()
        await until(works_again, 60)
        node = (await replica.client.get("/api/nodes", headers=key)).json()[0]["id"]
        user = (await replica.client.get("/api/users", headers=key)).json()[0]["userId"]
        body = {
            "image": "gatehouse/http-echo", "imagename": "gatehouse/http-echo", "memory": 64, "cpu": 1,
            "ports": "18080:18080", "nodeId": node, "name": "a", "user": user, "primary": "18080",
        }  # fmt: skip
        assert (await replica.client.post("/api/instances/deploy", headers=key, json=body)).status_code == 201
        await until(deployed)
