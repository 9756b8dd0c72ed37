"""One request, from the door to the verb and back: who is it, how often, what do they want, once only."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain.access import Actor
from domain.errors import Unauthenticated
from domain.ports import Ports
from rest_compat._kit.answer import Reply
from rest_compat._kit.body import is_form, parse_body, parse_query, read_body, shaped
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
    """The path is known, the method is not."""
    visit = Visit(dialect, None, request)
    return _response(visit, visit.refuse(WrongMethod(allowed)))


def refuse_path(dialect: Dialect, request: Request) -> Response:
    """The path is not known."""
    visit = Visit(dialect, None, request)
    return _response(visit, visit.refuse(NoSuchPath()))


async def _answer(visit: Visit, endpoint: Endpoint) -> Reply:
    if "\x00" in visit.request.scope["path"]:
        raise NoSuchPath
    actor = await _admit(visit, endpoint)
    raw = await read_body(visit.request, visit.house.ports.limits.request_body_bytes) if endpoint.body else b""

    async def run(ports: Ports) -> Reply:
        return await visit.guarded(_carry_out(visit, endpoint, ports, actor, raw))

    return await run(visit.house.ports) if endpoint.public else await once(visit, actor, raw, run)


async def _admit(visit: Visit, endpoint: Endpoint) -> Actor:
    """Who it is, counted. Whoever cannot say so is counted by address, so that keys cannot be guessed at speed."""
    if endpoint.public:
        await count(visit, f"address:{visit.address}")
        return Actor(user_id=None, credential="anonymous", door=visit.dialect.name, address=visit.address)
    try:
        actor = await visit.dialect.authenticate(visit.request, visit.house)
    except Unauthenticated:
        await count(visit, f"address:{visit.address}")
        raise
    visit.actor = actor
    await count(visit, actor.credential)
    return actor


async def _carry_out(visit: Visit, endpoint: Endpoint, ports: Ports, actor: Actor, raw: bytes) -> Reply:
    request = visit.request
    query: Any = None
    body: Any = None
    if endpoint.query is not None:
        query = shaped(parse_query(request), endpoint.query, texts=True)
    if endpoint.body is not None:
        content_type = request.headers.get("content-type", "")
        body = shaped(parse_body(raw, content_type), endpoint.body, texts=is_form(content_type))
    answer = await endpoint.handler(Call(request, ports, actor, body, query))
    return answer if isinstance(answer, Reply) else visit.reply(endpoint.success, answer)


def _response(visit: Visit, reply: Reply) -> Response:
    headers = {**visit.dialect.headers, **visit.headers, **reply.headers}
    return Response(reply.body, reply.status, headers)
