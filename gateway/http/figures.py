"""GET /metrics: the figures that are only looked up when somebody asks."""

from __future__ import annotations

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from tortoise.functions import Count

from domain.errors import Unavailable
from domain.models.node import Node, NodeState
from domain.models.operation import ENDED_STATES, Operation, OperationState
from domain.models.outbox import OutboxCursor, OutboxEvent
from gateway.wiring import House

BUS_ANSWER_S = 2.0


async def metrics(request: Request) -> Response:
    """GET /metrics"""
    house: House = request.app.state.house
    await refresh(house)
    return Response(house.metrics.text(), media_type=CONTENT_TYPE_LATEST)


async def refresh(house: House) -> None:
    """Look at the sockets, the bus, the outbox, the operations and the nodes."""
    shown = house.metrics
    shown.open_sockets.clear()
    for channel, count in house.sockets.by_channel().items():
        shown.open_sockets.labels(channel).set(count)
    shown.open_upstreams.set(house.streams.open_upstreams)
    shown.bus_up.set(await _bus_answers(house))
    shown.task_failing.clear()
    for name in house.background.faults:
        shown.task_failing.labels(name).set(1)
    await _outbox(house)
    await _operations(house)
    shown.node_up.clear()
    for node in await Node.all():
        shown.node_up.labels(node.name, node.driver).set(node.state is NodeState.ONLINE)


async def _bus_answers(house: House) -> bool:
    try:
        async with asyncio.timeout(BUS_ANSWER_S):
            await house.ports.bus.check()
    except (Unavailable, TimeoutError):
        return False
    return True


async def _outbox(house: House) -> None:
    cursor = await OutboxCursor.get_or_none(id=1)
    house.metrics.feed_lag.set(max((cursor.last_position if cursor else 0) - house.feed.position, 0))
    house.metrics.outbox_waiting.set(await OutboxEvent.filter(position=None).count())


async def _operations(house: House) -> None:
    waiting = {state: 0 for state in OperationState if state not in ENDED_STATES}
    counted = Operation.filter(state__in=list(waiting)).annotate(number=Count("id")).group_by("state")
    for row in await counted.values("state", "number"):
        waiting[OperationState(row["state"])] = row["number"]
    for state, number in waiting.items():
        house.metrics.operations_waiting.labels(state.value).set(number)
