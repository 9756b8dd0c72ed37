"""The command line and a running server write one SQLite file: nothing is lost, and the server hears of it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from domain.jobs.feed import Match
from domain.models.outbox import OutboxEvent
from domain.models.user import User
from gateway.database import entered
from tests.gateway.served import Served, served, settings_for

COMMANDS = 6
REQUESTS = 24


async def gatehouse(folder: Path, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli.main", *arguments,
        env={"PATH": "/usr/bin:/bin", "GATEHOUSE_DATA_DIR": str(folder)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, (out + err).decode()


async def request_users(replica: Served) -> list[int]:
    key = {"x-api-key": replica.keys["skyport"]}

    async def create(number: int) -> int:
        body = {"username": f"api-{number}", "email": f"api-{number}@example.org", "password": "a long password"}
        return (await replica.client.post("/api/auth/create-user", headers=key, json=body)).status_code

    return await asyncio.gather(*(create(number) for number in range(REQUESTS)))


async def command_users(folder: Path) -> list[tuple[int, str]]:
    free = asyncio.Semaphore(3)

    async def create(number: int) -> tuple[int, str]:
        async with free:
            return await gatehouse(folder, "user", "create", f"cli-{number}", f"cli-{number}@example.org")

    return await asyncio.gather(*(create(number) for number in range(COMMANDS)))


async def test_under_load_nothing_is_lost_and_all_is_heard(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path)) as replica:
        heard: set[str] = set()
        with entered(replica.house.database):
            listening = replica.house.feed.subscribe(Match(nouns=frozenset({"user"})), max_pending=10_000)
            async with listening as events:
                answers, commands = await asyncio.gather(request_users(replica), command_users(tmp_path))
                async with asyncio.timeout(20):
                    async for event in events:
                        heard.add(event.payload["username"])
                        if len(heard) == REQUESTS + COMMANDS:
                            break
            assert answers == [201] * REQUESTS
            assert [code for code, _ in commands] == [0] * COMMANDS, commands
            assert await User.all().count() == REQUESTS + COMMANDS + 1
            positions = await OutboxEvent.filter(position__not_isnull=True).order_by("position")
            assert [row.position for row in positions] == list(range(1, len(positions) + 1))


async def test_a_key_of_the_command_line_opens_at_once_and_closes_within_a_second(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path)) as replica:
        _, key = await gatehouse(tmp_path, "token", "create", "--door", "skyport", "--name", "theirs")
        headers = {"x-api-key": key.strip()}
        assert (await replica.client.get("/api/nodes", headers=headers)).status_code == 200
        _, listed = await gatehouse(tmp_path, "token", "list", "--door", "skyport")
        key_id = next(line.split()[0] for line in listed.splitlines() if "theirs" in line)
        generation = replica.house.identities.generation
        code, _ = await gatehouse(tmp_path, "token", "revoke", key_id)
        assert code == 0
        async with asyncio.timeout(5):
            await _forgotten(replica, generation)
        assert (await replica.client.get("/api/nodes", headers=headers)).status_code == 401


async def _forgotten(replica: Served, generation: int) -> None:
    from tests.gateway.served import until

    async def heard() -> bool:
        return replica.house.identities.generation != generation

    await until(heard)
