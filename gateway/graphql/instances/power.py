"""Start and end instances."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.instances.kill import kill
from domain.instances.promise import Promised
from domain.instances.restart import restart
from domain.instances.start import start
from domain.instances.stop import stop
from domain.instances.suspend import suspend
from domain.instances.unsuspend import unsuspend
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.instances.mutations import InstanceId
from gateway.graphql.instances.types import InstancePromise


@strawberry.type
class PowerMutations:
    @root(InstancePromise | None, "Start it. Needs instances:power.")
    async def start_instance(self, info: Info, id: InstanceId) -> Promised:
        return await start(info.context.ports, info.context.actor, id)

    @root(
        InstancePromise | None,
        "Ask it to end, and end it when it does not. Needs instances:power.",
    )
    async def stop_instance(self, info: Info, id: InstanceId) -> Promised:
        return await stop(info.context.ports, info.context.actor, id)

    @root(InstancePromise | None, "Stop and start it. Needs instances:power.")
    async def restart_instance(self, info: Info, id: InstanceId) -> Promised:
        return await restart(info.context.ports, info.context.actor, id)

    @root(InstancePromise | None, "End it at once. Needs instances:power.")
    async def kill_instance(self, info: Info, id: InstanceId) -> Promised:
        return await kill(info.context.ports, info.context.actor, id)

    @root(
        InstancePromise | None,
        "Stop it and keep its owner from starting it. Needs instances:suspend, a right of the platform.",
    )
    async def suspend_instance(
        self,
        info: Info,
        id: InstanceId,
        reason: Annotated[str | None, strawberry.argument(description="Why, for its owner to read.")] = None,
    ) -> Promised:
        return await suspend(info.context.ports, info.context.actor, id, reason)

    @root(
        InstancePromise | None,
        "Lift a suspension; what ran before runs again. Needs instances:suspend.",
    )
    async def unsuspend_instance(self, info: Info, id: InstanceId) -> Promised:
        return await unsuspend(info.context.ports, info.context.actor, id)
