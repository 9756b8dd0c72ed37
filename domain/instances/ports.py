"""Host ports: each belongs to one instance of a node at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from domain.errors import Conflict
from domain.instances.spec import PortSpec
from domain.models.instance import Instance, InstancePort
from domain.models.node import Node
from domain.models.sql import column

FIRST_CHOSEN = 20_000
LAST_CHOSEN = 29_999


async def publish(instance: Instance, wanted: Sequence[PortSpec]) -> list[InstancePort]:
    """Reserve the ports, choosing where no host port was named. Conflict: one is another instance's."""
    taken = await _taken(instance) | {port.host_port for port in wanted if port.host_port is not None}
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


async def choose_again(instance_id: UUID, occupied: object, chosen: Collection[int]) -> bool:
    """Replace a host port that we chose and somebody outside occupies by the next free one.

    occupied: the number that the engine named. chosen: the ordinals of the ports that we chose. False: it is none of
    those. The primary port moves along.
    """
    async with in_transaction():
        instance = await Instance.filter(id=instance_id).select_for_update().get()
        rows = await InstancePort.filter(instance_id=instance_id, ordinal__in=list(chosen))
        row = next((row for row in rows if row.host_port == occupied), None)
        if row is None:
            return False
        await Node.filter(id=row.node_id).select_for_update(no_key=True).get()
        row.host_port = _free(await _taken(instance), first=row.host_port + 1)
        await row.save(update_fields=["host_port"])
        if instance.primary_port == occupied:
            instance.primary_port = row.host_port
            await instance.save(update_fields=["primary_port"])
    return True


def primary_of(rows: Sequence[InstancePort], wanted: int | None) -> int | None:
    """The host port of the main service: the one asked for by host port, or else by container port; else the first."""
    by_host = [row.host_port for row in rows if row.host_port == wanted]
    by_container = [row.host_port for row in rows if row.container_port == wanted]
    return next(iter(by_host + by_container + [row.host_port for row in rows]), None)


async def _taken(instance: Instance) -> set[int]:
    return set(await column(InstancePort.filter(node_id=instance.node_id), "host_port"))


def _free(taken: set[int], first: int = FIRST_CHOSEN) -> int:
    for number in range(first, LAST_CHOSEN + 1):
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
