"""What the channels need of the application; wiring makes it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from domain.accounts.identity_cache import IdentityCache
from domain.jobs.feed import EventFeed
from domain.ports import Ports
from realtime.rights import FileRights
from realtime.settings import SocketSettings
from realtime.sockets import Sockets


class _Origins(Protocol):
    @property
    def allowed_origins(self) -> Collection[str]: ...


class HouseSettings(Protocol):
    """The settings that concern sockets."""

    @property
    def sockets(self) -> SocketSettings: ...
    @property
    def graphql(self) -> _Origins: ...


class Directory(Protocol):
    """Which tenant is meant."""

    async def default(self) -> UUID | None: ...


class House(Protocol):
    """One process. Found as websocket.app.state.house. Each channel widens this by its own room."""

    @property
    def settings(self) -> HouseSettings: ...
    @property
    def ports(self) -> Ports: ...
    @property
    def feed(self) -> EventFeed: ...
    @property
    def identities(self) -> IdentityCache: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def sockets(self) -> Sockets: ...
    @property
    def rights(self) -> FileRights: ...
    @property
    def name(self) -> str: ...
