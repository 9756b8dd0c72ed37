"""What runs beside the requests: dead processes' operations are freed, and the end is orderly."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from domain.jobs.claim import running_workers
from domain.models.operation import Operation, OperationState
from gateway.database import entered
from gateway.running import is_dead, release_dead
from gateway.settings import Settings
from gateway.wiring import process_name, wire
from tests.gateway.served import Served, until

OWN = "host-a:100:1700000000000:aaaaaa"


def _name_of(pid: int, started_ms: int, host: str = "host-a") -> str:
    return f"{host}:{pid}:{started_ms}:bbbbbb"


def _started_ms(pid: int) -> int:
    return int(psutil.Process(pid).create_time() * 1000)


def test_a_process_that_lives_is_not_dead() -> None:
    pid = psutil.Process().pid
    assert not is_dead(_name_of(pid, _started_ms(pid)), OWN)


def test_a_process_that_ended_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    started = _started_ms(child.pid)
    child.wait()
    assert is_dead(_name_of(child.pid, started), OWN)


def test_a_killed_process_that_nobody_waited_for_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = _started_ms(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(_name_of(child.pid, started), OWN)
    child.communicate()


def test_another_process_under_the_same_number_is_not_it() -> None:
    pid = psutil.Process().pid
    assert is_dead(_name_of(pid, _started_ms(pid) - 5000), OWN)


@pytest.mark.parametrize("name", ["host-b:1:2:cccccc", "test-worker", "host-a:x:y:z", ""])
def test_other_hosts_and_strange_names_are_left_alone(name: str) -> None:
    assert not is_dead(name, OWN)


def test_a_process_has_a_new_name_each_time_and_it_fits_the_column() -> None:
    names = {process_name() for _ in range(3)}
    assert len(names) == 3
    assert all(len(name) <= 128 and not is_dead(name, name) for name in names)


async def test_operations_of_a_dead_process_are_freed_at_once(settings: Settings) -> None:
    async with wire(settings) as house:
        host = house.name.split(":")[0]
        lease = house.ports.clock.now().replace(year=2100)
        for worker in (f"{host}:{2**22 + 1}:1:dddddd", house.name, "other-host:1:1:eeeeee"):
            await Operation.create(
                kind="x", state=OperationState.RUNNING, worker=worker, lease_until=lease, run_at=house.ports.clock.now()
            )
        assert await release_dead(house) == 1
        freed = await Operation.filter(lease_until__lt=house.ports.clock.now())
        assert [operation.worker for operation in freed] == [f"{host}:{2**22 + 1}:1:dddddd"]
        assert len(await running_workers()) == 3


async def test_the_cache_of_identities_hears_of_revoked_keys(replica: Served) -> None:
    headers = {"x-api-key": replica.keys["skyport"]}
    assert (await replica.client.get("/api/nodes", headers=headers)).status_code == 200
    generation = replica.house.identities.generation
    with entered(replica.house.database):
        from domain.access import Actor
        from domain.accounts.revoke_api_key import revoke_api_key
        from domain.models.user import ApiKey

        key = await ApiKey.get(door="skyport")
        await revoke_api_key(replica.house.ports, Actor.system(), key.id)

    async def heard() -> bool:
        return replica.house.identities.generation != generation

    await until(heard)
    assert (await replica.client.get("/api/nodes", headers=headers)).status_code == 401
