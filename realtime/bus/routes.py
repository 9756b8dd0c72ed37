"""The WebSocket at /ws/bus."""

from __future__ import annotations

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from domain.limits import MIB, Rate
from realtime.bus.rooms import BusHouse
from realtime.bus.session import Session
from realtime.entrance import Channel, enter
from realtime.outbox import OutboxLimits

BUS = Channel(
    name="bus",
    message_bytes=4 * MIB,
    frame_bytes=4 * MIB,
    outbox=OutboxLimits(messages=1024, size_bytes=1 * MIB),
    ping_s=30.0,
    sign_in=True,
    rate=Rate(2_000, 1.0),
)


async def bus_socket(websocket: WebSocket) -> None:
    """Login required: 4401 without."""
    house: BusHouse = websocket.app.state.house
    entrance = await enter(websocket, BUS)
    if entrance is not None:
        await Session(entrance, house.channels).run()


def routes() -> list[BaseRoute]:
    return [WebSocketRoute("/ws/bus", bus_socket)]
