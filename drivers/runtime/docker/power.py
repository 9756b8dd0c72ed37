"""Start, stop and the like. Each may be called again: what is so already is fine."""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

from domain.errors import Conflict
from domain.ports.runtime import Observed, RuntimeState
from drivers.runtime.docker.blueprint import limits
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.names import container_name
from drivers.runtime.docker.observe import observed, state_of


class Power:
    """What an instance does, on one engine."""

    def __init__(self, engine: Engine, containers: Containers) -> None:
        self._engine = engine
        self._containers = containers

    async def start(self, instance_id: UUID) -> Observed:
        """A start that failed for its port leaves the container created, and it can be started later."""
        await self._containers.get(instance_id)
        await self._engine.change(lambda sdk: sdk.start(container_name(instance_id)), slow=True)
        return await self._report(instance_id)

    async def stop(self, instance_id: UUID, grace_s: float) -> Observed:
        """Ask, then kill after grace_s (the engine counts whole seconds, rounded up)."""
        await self._wake(instance_id)
        name, seconds = container_name(instance_id), math.ceil(grace_s)
        await self._engine.change(lambda sdk: sdk.stop(name, timeout=seconds))
        return await self._containers.settle(instance_id, _is_down)

    async def kill(self, instance_id: UUID) -> Observed:
        """End it at once."""
        await self._containers.get(instance_id)
        try:
            await self._engine.change(lambda sdk: sdk.kill(container_name(instance_id)))
        except Conflict:
            return await self._report(instance_id)
        return await self._containers.settle(instance_id, _is_down)

    async def restart(self, instance_id: UUID, grace_s: float) -> Observed:
        """Stop and start in one step of the engine."""
        await self._wake(instance_id)
        name, seconds = container_name(instance_id), math.ceil(grace_s)
        await self._engine.change(lambda sdk: sdk.restart(name, timeout=seconds))
        return await self._report(instance_id)

    async def pause(self, instance_id: UUID) -> Observed:
        """Freeze its processes."""
        if state_of(await self._containers.get(instance_id)) is not RuntimeState.PAUSED:
            await self._engine.change(lambda sdk: sdk.pause(container_name(instance_id)))
        return await self._containers.settle(instance_id, lambda c: state_of(c) is not RuntimeState.RUNNING)

    async def unpause(self, instance_id: UUID) -> Observed:
        """Let them go on."""
        state = state_of(await self._containers.get(instance_id))
        if state not in (RuntimeState.PAUSED, RuntimeState.RUNNING):
            raise Conflict("The instance is not paused.")
        await self._wake(instance_id)
        return await self._report(instance_id)

    async def resize(self, instance_id: UUID, memory_bytes: int, cpu_millis: int) -> None:
        """Change the limits of a running or stopped instance."""
        await self._containers.get(instance_id)
        name, wanted = container_name(instance_id), limits(memory_bytes, cpu_millis)
        await self._engine.change(lambda sdk: sdk.update_container(name, **wanted))

    async def _wake(self, instance_id: UUID) -> None:
        """A paused instance hears no signal."""
        if state_of(await self._containers.get(instance_id)) is RuntimeState.PAUSED:
            await self._engine.change(lambda sdk: sdk.unpause(container_name(instance_id)))
            await self._containers.settle(instance_id, lambda c: state_of(c) is not RuntimeState.PAUSED)

    async def _report(self, instance_id: UUID) -> Observed:
        return observed(instance_id, await self._containers.get(instance_id))


def _is_down(container: dict[str, Any]) -> bool:
    return state_of(container) in (RuntimeState.STOPPED, RuntimeState.CREATED)
