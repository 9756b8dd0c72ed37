"""What a foreign API is, as one table: who may enter, which endpoints there are, how a refusal is said.

From the same object come the routes (mount), the OpenAPI document (openapi), its page (docs_page), the coverage page
(coverage) and the answers table of the dialect's README (answers_table).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from starlette.requests import Request

from domain.access import Actor
from domain.accounts.identity_cache import IdentityCache
from domain.errors import DomainError, NotFound
from domain.limits import Rate
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.ports.counters import Verdict
from domain.tenants.directory import TenantDirectory
from rest_compat._kit.answer import Answer, Answers, pick

B = TypeVar("B")

STANDARD = "standard"
"""The flavour of a dialect that has only one."""


class House(Protocol):
    """What the application keeps at request.app.state.house, as far as dialects need it."""

    @property
    def ports(self) -> Ports: ...
    @property
    def identities(self) -> IdentityCache: ...
    @property
    def directory(self) -> TenantDirectory: ...
    @property
    def settings(self) -> Any:
        """settings.rates.<dialect> is a Rate, where the dialect counts requests."""


@dataclass(frozen=True, slots=True)
class Call(Generic[B]):
    """One request as its handler sees it. body, query: the shapes the endpoint asked for, None where it asked none.

    settled: the tenant this request is about, in dialects whose requests are about one.
    """

    request: Request
    ports: Ports
    actor: Actor
    body: B
    query: Any = None
    settled: Tenant | None = None

    @property
    def tenant(self) -> Tenant:
        """NotFound: there is none."""
        if self.settled is None:
            raise NotFound("There is no such tenant.")
        return self.settled

    @property
    def house(self) -> House:
        house: House = self.request.app.state.house
        return house

    @property
    def path(self) -> Mapping[str, str]:
        """The values in the path, by name."""
        return self.request.path_params


Handler = Callable[[Call[Any]], Awaitable[Any]]
"""Returns the payload of the endpoint's success answer, Told with more than that, a Reply of its own making, or a
Starlette response, which is passed on with the dialect's headers."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One row of a dialect's table.

    path: with {names} where values stand. also: other paths of the same endpoint, kept for old clients. errors: words
    of its own for some kinds of fault, before the dialect's. public: no credential is asked for. guests: one may come
    without, as nobody. forgiving: a guest's credential that is not valid counts as none. secret: the reply holds one,
    so that it is kept for its Idempotency-Key under encryption only. streams: the handler reads the body itself, and
    an Idempotency-Key has no effect.
    """

    method: str
    path: str
    handler: Handler
    success: Answers
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    errors: Mapping[type[DomainError], Answers] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    public: bool = False
    guests: bool = False
    forgiving: bool = False
    secret: bool = False
    streams: bool = False
    tag: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.also)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a dialect's error_body is told. message: the exact words to use. request_id: to be shown with our faults."""

    status: int
    message: str
    error: DomainError
    request_id: str


async def settle_nothing(request: Request, house: House, actor: Actor) -> tuple[Actor, Tenant | None]:
    """For dialects whose requests are not about one tenant."""
    return actor, None


def as_it_is(payload: Any, request_id: str, now: datetime) -> Any:
    """For dialects without an envelope."""
    return payload


def same_headers(request: Request, house: House) -> dict[str, str]:
    """For dialects whose replies all have the same headers."""
    return {}


def no_rate_headers(verdict: Verdict, now: datetime) -> dict[str, str]:
    """For dialects that do not show theirs."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """authenticate: find the credential where this API keeps it, and ask the domain who that is (Unauthenticated).
    errors: a total map, error kind → answer. error_body: the shape of every refusal; error_shape its type.
    flavours: the first is the default; a credential may carry another. counted: the methods that
    settings.rates.<name> limits. headers: on every reply. encode: payload → JSON bytes (date and id forms are its
    business). security: the OpenAPI security schemes. faults: error kinds that the documentation shows everywhere.

    settle: which tenant the request is about, and the actor as it is there. envelope: what is put around a payload.
    headers_for: headers that depend on the request. preflight: whether OPTIONS is answered with those alone.
    rate_for: the rate of a caller and what they are counted as, beside settings.rates.<name>. lists: query values of
    lists are joined by commas. key_field: a field of the body that is as good as the header Idempotency-Key.
    """

    name: str
    title: str
    version: str
    description: str
    authenticate: Callable[[Request, House], Awaitable[Actor]]
    endpoints: tuple[Endpoint, ...]
    errors: Mapping[type[DomainError], Answers]
    error_body: Callable[[Refusal], Any]
    error_shape: type
    security: Mapping[str, Mapping[str, Any]]
    flavours: tuple[str, ...] = (STANDARD,)
    faults: tuple[type[DomainError], ...] = ()
    counted: frozenset[str] = frozenset()
    rate_headers: Callable[[Verdict, datetime], dict[str, str]] = no_rate_headers
    headers: Mapping[str, str] = field(default_factory=dict)
    encode: Callable[[Any], bytes] = msgspec.json.encode
    settle: Callable[[Request, House, Actor], Awaitable[tuple[Actor, Tenant | None]]] = settle_nothing
    envelope: Callable[[Any, str, datetime], Any] = as_it_is
    headers_for: Callable[[Request, House], Mapping[str, str]] = same_headers
    preflight: bool = False
    rate_for: Callable[[Actor, Tenant | None, House], tuple[str, Rate]] | None = None
    lists: bool = False
    key_field: str | None = None

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path template it answers to, for whoever looks for collisions."""
        return frozenset(path for endpoint in self.endpoints for path in endpoint.paths)

    def flavour_of(self, actor: Actor | None) -> str:
        """The actor's flavour, or the default where it has none that we know."""
        known = actor is not None and actor.flavour in self.flavours
        return str(actor.flavour) if actor is not None and known else self.flavours[0]

    def answer_to(self, error: DomainError, endpoint: Endpoint | None, flavour: str) -> Answer:
        """How an error is said here: the nearest kind in its ancestry, the endpoint's words before the dialect's."""
        own = endpoint.errors if endpoint is not None else {}
        for kind in type(error).__mro__:
            for answers in (own.get(kind), self.errors.get(kind)):
                if answers is not None:
                    return pick(answers, flavour)
        raise LookupError(f"{self.name} has no answer to {type(error).__name__}")
