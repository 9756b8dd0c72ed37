"""What every resolver is handed: the house, who asks, and the loaders of this one operation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import strawberry

from domain.access import Actor
from domain.accounts.credentials import refused
from domain.accounts.identity_cache import IdentityCache
from domain.errors import DomainError
from domain.instances.streams import InstanceStreams
from domain.jobs.feed import EventFeed
from domain.ports import Ports
from gateway.graphql.audience import Audience
from gateway.graphql.cookies import Cookies
from gateway.graphql.fanout import Fanout
from gateway.graphql.loaders import Loaders
from gateway.graphql.settings import GraphQLSettings
from realtime.settings import SocketSettings
from realtime.sockets import Sockets


class DoorSettings(Protocol):
    """The settings that concern this door."""

    @property
    def graphql(self) -> GraphQLSettings: ...
    @property
    def sockets(self) -> SocketSettings: ...


class House(Protocol):
    """What the door needs of the application; wiring makes it."""

    @property
    def settings(self) -> DoorSettings: ...
    @property
    def ports(self) -> Ports: ...
    @property
    def feed(self) -> EventFeed: ...
    @property
    def streams(self) -> InstanceStreams: ...
    @property
    def identities(self) -> IdentityCache: ...
    @property
    def sockets(self) -> Sockets: ...
    @property
    def subscriptions(self) -> Fanout: ...
    @property
    def version(self) -> str: ...


@dataclass(slots=True)
class Context:
    """Of one operation, never of a whole socket.

    caller: None when anonymous. refusal: why the credential that was sent does not count. ports: carries the
    idempotency claim of an HTTP request. request_id: also in the log and in every error. cookies: None where none can
    be set. address, user_agent: the client's. is_secret: the answer holds something that is shown only once.
    """

    house: House
    ports: Ports
    caller: Actor | None
    request_id: str
    refusal: DomainError | None = None
    address: str | None = None
    user_agent: str | None = None
    cookies: Cookies | None = None
    is_secret: bool = False
    _loaders: Loaders | None = None
    _audience: Audience | None = None

    @property
    def actor(self) -> Actor:
        """Who asks. Unauthenticated when nobody is signed in, so that no resolver reaches the domain without."""
        if self.caller is None:
            raise refused("missing")
        return self.caller

    @property
    def loaders(self) -> Loaders:
        """Batches of this operation, or of this one event of it."""
        if self._loaders is None:
            self._loaders = Loaders(self.ports, self.actor)
        return self._loaders

    @property
    def audience(self) -> Audience:
        """Whom a subscription serves: who opened it, or all who share it."""
        if self._audience is None:
            self._audience = Audience.of_one()
        return self._audience

    def shared(self, caller: Actor, audience: Audience) -> Context:
        """For an execution that serves several."""
        return replace(self, caller=caller, address=None, user_agent=None, _loaders=None, _audience=audience)

    def for_one_event(self) -> Context:
        return replace(self, _loaders=None)


Info: TypeAlias = strawberry.Info[Context, None]
