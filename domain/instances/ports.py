"""Host ports: each belongs to one instance of a node at a time."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.exceptions import IntegrityError

from domain.errors import Conflict
from domain.instances.spec import PortSpec
from domain.models.instance import Instance, InstancePort
from domain.models.sql import column

FIRST_CHOSEN = 20_000
LAST_CHOSEN = 29_999


async def publish(instance: Instance, wanted: Sequence[PortSpec]) -> list[InstancePort]:
    """Reserve the ports, choosing where no host port was named. Conflict: one is another instance's."""
    taken = await _taken(instance)
    rows: list[InstancePort] = []
    for ordinal, port in enumerate(wanted):
        host_port = port.host_port or _free(taken)
        taken.add(host_port)
        rows.append(
            InstancePort(
                instance_id=instance.id,
                node_id=instance.node_id,
                container_port=port.container_port,
                host_port=host_port,
                protocol=port.protocol,
                ordinal=ordinal,
            )
        )
    await _refuse_taken(rows)
    try:
        await InstancePort.bulk_create(rows)
    except IntegrityError as exc:
        raise Conflict("One of the host ports was taken just now.", field="ports") from exc
    return rows


def primary_of(rows: Sequence[InstancePort], wanted: int | None) -> int | None:
    """The host port of the main service: the one asked for by host or container port, else the first."""
    for row in rows:
        if wanted in (row.host_port, row.container_port):
            return row.host_port
    return rows[0].host_port if rows else None


async def _taken(instance: Instance) -> set[int]:
    return set(await column(InstancePort.filter(node_id=instance.node_id), "host_port"))


def _free(taken: set[int]) -> int:
    for number in range(FIRST_CHOSEN, LAST_CHOSEN + 1):
        if number not in taken:
            return number
    raise Conflict("The node has no free host port left.", field="ports")


async def _refuse_taken(rows: Sequence[InstancePort]) -> None:
    if not rows:
        return
    numbers = [row.host_port for row in rows]
    others = await InstancePort.filter(node_id=rows[0].node_id, host_port__in=numbers)
    theirs = {(other.host_port, other.protocol) for other in others}
    for row in rows:
        if (row.host_port, row.protocol) in theirs:
            raise Conflict(f"Host port {row.host_port} is already taken on this node.", field="ports")
