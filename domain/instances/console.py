"""Type into an instance's console."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput
from domain.instances.change import permitted
from domain.instances.streams import InstanceStreams
from domain.ports import Ports
from domain.unit import unit_of_work

MAX_INPUT_BYTES = 64 * 1024


async def send_console_input(
    ports: Ports, streams: InstanceStreams, actor: Actor, instance_id: UUID | str, data: bytes
) -> None:
    """Write to its terminal; whoever watches it sees the echo. Needs instances:console.

    InvalidInput: nothing, or more than 64 KiB. Conflict: it does not run. Unsupported: its node offers no console.
    """
    if not 0 < len(data) <= MAX_INPUT_BYTES:
        raise InvalidInput("Console input has 1 to 65536 bytes.", field="input")
    instance = await permitted(actor, instance_id, "instances:console")
    async with streams.console(actor, instance.id) as console:
        await console.write(data)
    async with unit_of_work(ports) as unit:
        await unit.audit(
            actor,
            "instance.console_input",
            subject=str(instance.id),
            tenant_id=instance.tenant_id,
            size_bytes=len(data),
        )
