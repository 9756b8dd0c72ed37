"""Idempotency-Key: one header covers the whole request, however many mutations it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.accounts import idempotency
from gateway.graphql.answer import Answer
from gateway.graphql.caller import DOOR
from gateway.graphql.context import Context
from gateway.graphql.errors import GraphQLCode
from rest_compat._kit.sealing import seal, unseal

HEADER = "idempotency-key"
SEALED = "x-sealed"
MAY_BE_TRIED_AGAIN = frozenset({GraphQLCode.INTERNAL.value, "UNAVAILABLE", "UNAUTHENTICATED", "RATE_LIMITED"})
"""Outcomes that say nothing about the request itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is to be done once. fingerprint: what makes two requests the same."""

    key: str
    fingerprint: str
    context: Context


async def once(asked: Asked, run: Callable[[], Awaitable[Answer]], reply: Callable[[Answer], Response]) -> Response:
    """The kept reply of this credential's key, else run it and keep what it replies.

    Conflict: the key came with another request, or its reply was lost. Locked: it is being carried out right now.
    """
    context, ports = asked.context, asked.context.ports
    now, ttl_s = ports.clock.now(), ports.limits.idempotency_ttl_s
    claim = await idempotency.claim(context.actor, DOOR, asked.key, asked.fingerprint, now, ttl_s)
    if claim.reply is not None:
        return _again(context, claim.id, claim.reply)
    context.ports = replace(ports, claim_id=claim.id)
    answer = await run()
    response = reply(answer)
    if answer.first_code in MAY_BE_TRIED_AGAIN and await idempotency.abandon(claim.id):
        return response
    headers, body = {"content-type": response.headers["content-type"]}, bytes(response.body)
    if context.is_secret:
        headers, body = {**headers, SEALED: "1"}, seal(ports, claim.id, body)
    await idempotency.answer(claim.id, response.status_code, headers, body)
    return response


def fingerprint(request: Request, raw: bytes) -> str:
    """Of path, query and body."""
    return hashlib.sha256(f"{request.url.path}\n{request.url.query}\n".encode() + raw).hexdigest()


def _again(context: Context, claim_id: UUID, kept: idempotency.Reply) -> Response:
    headers = dict(kept.headers)
    body = unseal(context.ports, claim_id, kept.body) if headers.pop(SEALED, None) else kept.body
    return Response(body, kept.status, {**headers, "cache-control": "no-store", "idempotency-replayed": "true"})
