"""GET /: which doors there are."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.wiring import House


async def index(request: Request) -> Response:
    """GET /"""
    house: House = request.app.state.house
    doors = {"graphql": "/graphql"} | {name: f"/{name}" for name in house.settings.root_dialects}
    channels = {"crdt": "/ws/crdt", "rtdb": "/ws/rtdb", "bus": "/ws/bus"}
    pages = {"docs": "/docs", "health": "/healthz", "readiness": "/readyz", "metrics": "/metrics"}
    about = {"name": "gatehouse", "version": house.version}
    return JSONResponse(about | {"doors": doors, "channels": channels, "pages": pages})
