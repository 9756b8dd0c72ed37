"""One request, from the door to the verb and back: who is it, how often, what do they want, once only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain.access import Actor
from domain.errors import Unauthenticated
from domain.models.tenant import Tenant
from domain.ports import Ports
from rest_compat._kit.answer import Reply, Told
from rest_compat._kit.body import is_form, parse_body, parse_query, read_body, shaped, split_lists
from rest_compat._kit.dialect import Call, Dialect, Endpoint
from rest_compat._kit.faults import NoSuchPath, WrongMethod
from rest_compat._kit.idempotency import once
from rest_compat._kit.rates import count
from rest_compat._kit.visit import Visit


async def serve(dialect: Dialect, endpoint: Endpoint, request: Request) -> Response:
    """The response of an endpoint, whatever happens."""
    visit = Visit(dialect, endpoint, request)
    return _response(visit, await visit.guarded(_answer(visit, endpoint)))


def refuse_method(dialect: Dialect, allowed: frozenset[str], request: Request) -> Response:
    """The path is known, the method is not. OPTIONS is told what browsers ask before they dare."""
    visit = Visit(dialect, None, request)
    if dialect.preflight and request.method == "OPTIONS":
        return _response(visit, Reply(204, b"", {"Allow": ", ".join(sorted(allowed))}))
    return _response(visit, visit.refuse(WrongMethod(allowed)))


def refuse_path(dialect: Dialect, request: Request) -> Response:
    """The path is not known."""
    visit = Visit(dialect, None, request)
    return _response(visit, visit.refuse(NoSuchPath()))


async def _answer(visit: Visit, endpoint: Endpoint) -> Reply | Response:
    if "\x00" in visit.request.scope["path"]:
        raise NoSuchPath
    actor = await _admit(visit, endpoint)
    raw = await read_body(visit.request, visit.house.ports.limits.request_body_bytes) if _has_body(visit) else b""

    async def run(ports: Ports) -> Reply | Response:
        return await visit.guarded(_carry_out(visit, endpoint, ports, actor, raw))

    plain = endpoint.public or endpoint.streams or actor.credential == "anonymous"
    return await run(visit.house.ports) if plain else await once(visit, actor, raw, run)


def _has_body(visit: Visit) -> bool:
    """A key may also stand in a body that says nothing else."""
    endpoint, dialect = visit.endpoint, visit.dialect
    if endpoint is None or endpoint.streams:
        return False
    return endpoint.body is not None or (dialect.key_field is not None and endpoint.method == "POST")


async def _admit(visit: Visit, endpoint: Endpoint) -> Actor:
    """Who it is, counted. Whoever cannot say so is counted by address, so that keys cannot be guessed at speed."""
    stranger = Actor.anonymous(visit.dialect.name, visit.address)
    visit.request.state.guests = endpoint.guests
    try:
        actor = stranger if endpoint.public else await _identified(visit, endpoint, stranger)
        actor, visit.tenant = await _settled(visit, endpoint, actor, stranger)
    except Unauthenticated:
        await count(visit, stranger)
        raise
    if not endpoint.public:
        visit.actor = actor
    await count(visit, actor)
    return actor


async def _settled(visit: Visit, endpoint: Endpoint, actor: Actor, stranger: Actor) -> tuple[Actor, Tenant | None]:
    try:
        return await visit.dialect.settle(visit.request, visit.house, actor)
    except Unauthenticated:
        if not endpoint.forgiving:
            raise
    return await visit.dialect.settle(visit.request, visit.house, stranger)


async def _identified(visit: Visit, endpoint: Endpoint, stranger: Actor) -> Actor:
    try:
        return await visit.dialect.authenticate(visit.request, visit.house)
    except Unauthenticated as error:
        if endpoint.guests and (endpoint.forgiving or error.details.get("reason") == "missing"):
            return stranger
        raise


async def _carry_out(visit: Visit, endpoint: Endpoint, ports: Ports, actor: Actor, raw: bytes) -> Reply | Response:
    request = visit.request
    query: Any = None
    body: Any = None
    if endpoint.query is not None:
        values = parse_query(request)
        query = shaped(
            split_lists(values, endpoint.query) if visit.dialect.lists else values, endpoint.query, texts=True
        )
    if endpoint.body is not None:
        content_type = request.headers.get("content-type", "")
        body = shaped(parse_body(raw, content_type), endpoint.body, texts=is_form(content_type))
    answer = await endpoint.handler(Call(request, ports, actor, body, query, visit.tenant))
    if isinstance(answer, Reply | Response):
        return answer
    return visit.reply(endpoint.success, answer if isinstance(answer, Told) else Told(answer))


def _response(visit: Visit, reply: Reply | Response) -> Response:
    always = {**visit.dialect.headers, **visit.headers, **visit.dialect.headers_for(visit.request, visit.house)}
    if isinstance(reply, Response):
        return _with(reply, always)
    return Response(reply.body, reply.status, {**always, **reply.headers})


def _with(response: Response, headers: Mapping[str, str]) -> Response:
    """What the response says itself stands."""
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
