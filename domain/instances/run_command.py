"""Run a command inside an instance."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput
from domain.instances.carry_out import runtime_of
from domain.instances.change import permitted, refuse_unless
from domain.models.instance import InstanceState
from domain.ports import Ports
from domain.ports.runtime import CommandResult
from domain.text import can_be_kept
from domain.unit import unit_of_work

MAX_ARGUMENTS = 256


async def run_command(
    ports: Ports, actor: Actor, instance_id: UUID | str, argv: Sequence[str], timeout_s: float | None = None
) -> CommandResult:
    """Run it and wait for its end; the output is cut at limits.command_output_bytes.

    timeout_s: at most limits.command_timeout_s, which is also the default. Needs instances:console. InvalidInput: no
    command. Conflict: the instance does not run. Unsupported: its node cannot. Unavailable: it took too long.
    """
    instance = await permitted(actor, instance_id, "instances:console")
    if not argv or not argv[0] or len(argv) > MAX_ARGUMENTS or not can_be_kept(argv):
        raise InvalidInput("Give a command and its arguments.", field="argv")
    if timeout_s is not None and not 0 < timeout_s <= ports.limits.command_timeout_s:
        raise InvalidInput(f"The timeout is at most {ports.limits.command_timeout_s:g} s.", field="timeout_s")
    refuse_unless(instance, (InstanceState.RUNNING,), "commanded")
    runtime = await runtime_of(ports, instance)
    async with unit_of_work(ports) as unit:
        await unit.audit(
            actor, "instance.command_run", subject=str(instance.id), tenant_id=instance.tenant_id, command=argv[0][:200]
        )
    return await runtime.run_command(
        instance.id,
        tuple(argv),
        timeout_s=timeout_s or ports.limits.command_timeout_s,
        max_output_bytes=ports.limits.command_output_bytes,
    )
