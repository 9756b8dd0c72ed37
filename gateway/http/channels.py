"""The WebSocket channels: at the root, under /cloudillo, and on every tenant's own host."""

from __future__ import annotations

from starlette.routing import BaseRoute

from realtime.bus.routes import routes as bus_routes
from realtime.crdt.routes import routes as crdt_routes
from realtime.rtdb.routes import routes as rtdb_routes


def channel_routes() -> list[BaseRoute]:
    """Every channel's routes. scope["state"]["tenant_id"] says which tenant a socket is about, where its host does."""
    return [*crdt_routes(), *rtdb_routes(), *bus_routes()]
