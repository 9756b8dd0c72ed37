"""A process that dies at any point of a job: another worker finishes it, and the end is as it would have been."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from domain.instances.deploy import deploy
from domain.instances.destroy import destroy
from domain.instances.kill import kill
from domain.instances.redeploy import redeploy
from domain.instances.resize import resize
from domain.instances.restart import restart
from domain.instances.start import start
from domain.instances.stop import stop
from domain.instances.suspend import suspend
from domain.instances.unsuspend import unsuspend
from domain.jobs.registry import KINDS
from domain.jobs.worker import Worker
from domain.limits import MIB
from domain.models import Instance, InstancePort, Operation, OperationState
from domain.ports.bus import Bus
from domain.ports.runtime import Capability, NodeEngine
from drivers.runtime.memory import MemoryRuntime
from tests.domain.instances.conftest import Place

WATCHED = frozenset({"prepare_image", "create", "start", "stop", "kill", "restart", "resize", "destroy", "inspect"})
LONGEST = 60


@dataclass
class Fuse:
    """Burns down by one at every point where a process can die; at zero it dies, and stays dead."""

    left: int

    def burn(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise asyncio.CancelledError


class MortalRuntime:
    """The engine as seen by a process that dies before or after the effect of a call."""

    def __init__(self, runtime: MemoryRuntime, fuse: Fuse) -> None:
        self._runtime = runtime
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._runtime, name)
        return self._mortal(found) if name in WATCHED else found

    def _mortal(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def called(*args: Any, **how: Any) -> Any:
            self._fuse.burn()
            result = await call(*args, **how)
            self._fuse.burn()
            return result

        return called


class MortalRuntimes:
    def __init__(self, runtime: MemoryRuntime, fuse: Fuse) -> None:
        self._runtime = MortalRuntime(runtime, fuse)

    def of(self, engine: NodeEngine) -> Any:
        return self._runtime

    async def forget(self, node_id: Any) -> None: ...

    async def close(self) -> None: ...


class MortalBus:
    """Told of every commit, right after it."""

    def __init__(self, bus: Bus, fuse: Fuse) -> None:
        self._bus = bus
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    async def publish(self, topic: str, data: bytes) -> None:
        self._fuse.burn()


async def deployed(place: Place) -> Instance:
    return await place.deployed()


async def stopped(place: Place) -> Instance:
    instance = await place.deployed()
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    return instance


async def suspended(place: Place) -> Instance:
    instance = await place.deployed()
    await suspend(place.ports, place.platform, instance.id)
    await place.work()
    return instance


async def nothing(place: Place) -> None:
    return None


Begin = Callable[[Place], Awaitable[Instance | None]]
Ask = Callable[[Place, Any], Awaitable[Any]]
CASES: dict[str, tuple[Begin, Ask]] = {
    "deploy": (nothing, lambda place, _: deploy(place.ports, place.owner, place.spec())),
    "start": (stopped, lambda place, it: start(place.ports, place.owner, it.id)),
    "stop": (deployed, lambda place, it: stop(place.ports, place.owner, it.id)),
    "kill": (deployed, lambda place, it: kill(place.ports, place.owner, it.id)),
    "restart": (deployed, lambda place, it: restart(place.ports, place.owner, it.id)),
    "redeploy": (deployed, lambda place, it: redeploy(place.ports, place.owner, it.id, env={"NEW": "1"})),
    "resize": (deployed, lambda place, it: resize(place.ports, place.owner, it.id, memory_bytes=128 * MIB)),
    "resize stopped": (stopped, lambda place, it: resize(place.ports, place.owner, it.id, memory_bytes=128 * MIB)),
    "suspend": (deployed, lambda place, it: suspend(place.ports, place.platform, it.id)),
    "unsuspend": (suspended, lambda place, it: unsuspend(place.ports, place.platform, it.id)),
    "destroy": (deployed, lambda place, it: destroy(place.ports, place.owner, it.id)),
}


async def die_after(place: Place, points: int) -> bool:
    """Run what is queued in a process that dies there; whether it did."""
    fuse = Fuse(points)
    mortal: Any = (MortalRuntimes(place.runtime, fuse), MortalBus(place.ports.bus, fuse))
    worker = Worker(replace(place.ports, runtimes=mortal[0], bus=mortal[1]), f"dies:{points}", KINDS)
    await worker.run_until_idle()
    return fuse.left <= 0


async def outcome(place: Place, instance: Instance, since: int) -> tuple[Any, ...]:
    row = await place.look(instance)
    seen = await place.runtime.inspect(row.id)
    made = place.runtime.spec_of(row.id) if seen else None
    starts = [kind for who, kind in place.runtime._engine.events[since:] if (who, kind) == (row.id, "start")]
    said = (row.state, row.state_reason, row.suspended, row.memory_bytes, row.env, row.slug, row.primary_port)
    ports = await InstancePort.filter(instance_id=row.id).count()
    return (*said, ports, seen and seen.state, made and (made.memory_bytes, made.env), len(starts))


@pytest.mark.parametrize("case", CASES)
async def test_a_death_at_any_point_changes_nothing_of_the_end(place: Place, case: str) -> None:
    begin, ask = CASES[case]
    if case == "resize stopped":
        place.runtime.capabilities -= {Capability.LIVE_RESIZE}
    expected: tuple[Any, ...] | None = None
    for points in [LONGEST, *range(1, LONGEST)]:
        begun = await begin(place)
        since = len(place.runtime._engine.events)
        promised = await ask(place, begun)
        died = await die_after(place, points)
        place.ports.clock.advance(place.ports.limits.operation_lease_s + 1)  # type: ignore[attr-defined]
        await place.work()
        assert (await Operation.get(id=promised.operation.id)).state is OperationState.SUCCEEDED
        found = await outcome(place, promised.instance, since)
        expected = expected or found
        if case == "restart":  # the one effect that may come twice: nobody can tell an engine "only if you have not"
            found = (*found[:-1], expected[-1])
        assert found == expected, f"died at point {points}"
        if points < LONGEST and not died:
            break
        await destroy(place.ports, place.owner, promised.instance.id) if case != "destroy" else None
        await place.work()
    assert points < LONGEST - 1
