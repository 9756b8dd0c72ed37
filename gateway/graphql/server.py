"""What the server tells everybody about itself."""

from __future__ import annotations

from datetime import datetime

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.fields import root


@strawberry.type(description="The server, as it presents itself to everybody.")
class ServerInfo:
    name: str = strawberry.field(description="What it is.")
    version: str = strawberry.field(description="Its version.")
    time: datetime = strawberry.field(description="Its clock, in UTC.")


@strawberry.type
class ServerQueries:
    @root(ServerInfo, "What the server tells everybody about itself; needs no credential.")
    def server_info(self, info: Info) -> ServerInfo:
        house = info.context.house
        return ServerInfo(name="Gatehouse", version=house.version, time=house.ports.clock.now())
