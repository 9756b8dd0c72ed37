"""One request on its way through a dialect: who came, what the reply must carry, and how a failure is said."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable
from typing import TypeVar
from uuid import uuid4

from starlette.requests import Request

from domain.access import Actor
from domain.errors import DomainError, RateLimited
from domain.models.tenant import Tenant
from rest_compat._kit.answer import Answers, Reply, Told, pick
from rest_compat._kit.dialect import Dialect, Endpoint, House, Refusal
from rest_compat._kit.faults import AuthenticationBroken, Broken, WrongMethod

log = logging.getLogger(__name__)
R = TypeVar("R")


class Visit:
    """actor: None until known. tenant: what the dialect settled. headers: what the reply gets beside the dialect's."""

    def __init__(self, dialect: Dialect, endpoint: Endpoint | None, request: Request) -> None:
        self.dialect = dialect
        self.endpoint = endpoint
        self.request = request
        self.actor: Actor | None = None
        self.tenant: Tenant | None = None
        self.headers: dict[str, str] = {}

    @property
    def house(self) -> House:
        house: House = self.request.app.state.house
        return house

    @property
    def flavour(self) -> str:
        return self.dialect.flavour_of(self.actor)

    @property
    def address(self) -> str:
        """Where the request came from."""
        return self.request.client.host if self.request.client else ""

    @property
    def request_id(self) -> str:
        """As the application numbered it, else one of our own."""
        given = getattr(self.request.state, "request_id", None)
        if given is None:
            given = self.request.state.request_id = uuid4().hex
        return str(given)

    def reply(self, answers: Answers, told: Told) -> Reply:
        """The payload in the dialect's form, or the answer's fixed body."""
        answer = pick(answers, self.flavour)
        payload = told.payload if answer.exact is None else answer.exact
        body = self.dialect.envelope(payload, self.request_id, self.house.ports.clock.now())
        status = told.status or answer.status
        return Reply(204, b"", told.headers) if status == 204 else self._sealed(status, body, dict(told.headers))

    def refuse(self, error: DomainError) -> Reply:
        """The error in the dialect's words."""
        answer = self.dialect.answer_to(error, self.endpoint, self.flavour)
        refusal = Refusal(answer.status, answer.message or error.message, error, self.request_id)
        return self._sealed(answer.status, self.dialect.error_body(refusal), _headers_of(error))

    async def guarded(self, work: Awaitable[R]) -> R | Reply:
        """The work's reply, or the refusal of what it raised. Nothing about a fault of ours leaves the house."""
        try:
            return await work
        except DomainError as error:
            return self.refuse(error)
        except Exception:
            log.exception("%s %s failed (request %s)", self.request.method, self._template, self.request_id)
            return self.refuse(AuthenticationBroken() if self._at_the_door else Broken())

    @property
    def _at_the_door(self) -> bool:
        return self.actor is None and self.endpoint is not None and not self.endpoint.public

    @property
    def _template(self) -> str:
        return self.endpoint.path if self.endpoint else "(unknown path)"

    def _sealed(self, status: int, body: object, headers: dict[str, str]) -> Reply:
        return Reply(status, self.dialect.encode(body), {"content-type": "application/json", **headers})


def _headers_of(error: DomainError) -> dict[str, str]:
    if isinstance(error, RateLimited):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}
    return {"Allow": error.allowed} if isinstance(error, WrongMethod) else {}
