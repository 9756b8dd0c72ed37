"""Change instances. Long work is promised: the answer holds the instance and the operation to watch."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.instances.console import send_console_input
from domain.instances.deploy import deploy
from domain.instances.destroy import destroy
from domain.instances.promise import Promised
from domain.instances.redeploy import redeploy
from domain.instances.rename import rename
from domain.instances.resize import resize
from domain.instances.run_command import run_command
from domain.models.instance import Instance
from domain.ports.runtime import CommandResult
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.instances.inputs import DeployInstanceInput, EnvironmentVariableInput, env_of
from gateway.graphql.instances.types import InstancePromise, InstanceType
from gateway.graphql.instances.watched import CommandResultType
from gateway.graphql.scalars import BigInt

InstanceId = Annotated[strawberry.ID, strawberry.argument(description="The instance's id.")]


@strawberry.type
class InstanceMutations:
    @root(
        InstancePromise | None,
        "Deploy an instance. Needs instances:write.",
        cost=20,
    )
    async def deploy_instance(
        self,
        info: Info,
        input: Annotated[DeployInstanceInput, strawberry.argument(description="What to deploy.")],
    ) -> Promised:
        return await deploy(info.context.ports, info.context.actor, input.to_spec())

    @root(
        InstancePromise | None,
        "Change an instance's limits, running or not. Needs instances:write.",
    )
    async def resize_instance(
        self,
        info: Info,
        id: InstanceId,
        memory_bytes: Annotated[
            BigInt | None, strawberry.argument(description="New memory limit, in bytes; null: as it is.")
        ] = None,
        cpu_millis: Annotated[
            int | None,
            strawberry.argument(description="New processor limit, in thousandths of a core; null: as it is."),
        ] = None,
    ) -> Promised:
        return await resize(
            info.context.ports, info.context.actor, id, memory_bytes=memory_bytes, cpu_millis=cpu_millis
        )

    @root(
        InstancePromise | None,
        "Build an instance anew; its data, identity and ports stay. Needs instances:write.",
    )
    async def redeploy_instance(
        self,
        info: Info,
        id: InstanceId,
        image_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Another image; null: the same.")
        ] = None,
        env: Annotated[
            list[EnvironmentVariableInput] | None,
            strawberry.argument(description="All of its new environment variables; null: as they are."),
        ] = None,
    ) -> Promised:
        given = None if env is None else env_of(env)
        return await redeploy(info.context.ports, info.context.actor, id, image_id=image_id, env=given)

    @root(InstanceType | None, "Rename an instance. Needs instances:write.")
    async def rename_instance(
        self,
        info: Info,
        id: InstanceId,
        name: Annotated[str, strawberry.argument(description="1 to 100 printable characters.")],
    ) -> Instance:
        return await rename(info.context.ports, info.context.actor, id, name)

    @root(
        InstancePromise | None,
        "Remove an instance and its data for good. Needs instances:write.",
    )
    async def delete_instance(self, info: Info, id: InstanceId) -> Promised:
        return await destroy(info.context.ports, info.context.actor, id)

    @root(
        CommandResultType | None,
        "Run a command inside an instance and wait for its end. Needs instances:console.",
        cost=100,
    )
    async def run_command(
        self,
        info: Info,
        id: InstanceId,
        argv: Annotated[list[str], strawberry.argument(description="The program and its arguments; no shell.")],
        timeout_s: Annotated[
            float | None, strawberry.argument(description="Seconds until it is ended; null: the most allowed.")
        ] = None,
    ) -> CommandResult:
        return await run_command(info.context.ports, info.context.actor, id, argv, timeout_s)

    @root(
        bool | None,
        "Type into an instance's terminal; whoever watches it sees the echo. Needs instances:console.",
    )
    async def send_console_input(
        self,
        info: Info,
        id: InstanceId,
        input: Annotated[
            str, strawberry.argument(description="What to type, control characters included; at most 64 KiB.")
        ],
    ) -> bool:
        context = info.context
        await send_console_input(context.ports, context.house.streams, context.actor, id, input.encode())
        return True
