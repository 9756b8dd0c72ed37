"""Idempotency-Key: the same request again gets the same reply, and nothing is done twice."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
from starlette.responses import Response

from domain.access import Actor
from domain.accounts import idempotency
from domain.errors import Conflict
from domain.ports import Ports
from rest_compat._kit.answer import Reply
from rest_compat._kit.faults import KeyReused
from rest_compat._kit.sealing import seal, unseal
from rest_compat._kit.visit import Visit

HEADER = "idempotency-key"
FORGOTTEN = frozenset({401, 429})
"""Refusals that say nothing about the request itself; like our own faults they may be tried again with the same key."""


async def once(
    visit: Visit, actor: Actor, raw: bytes, run: Callable[[Ports], Awaitable[Reply | Response]]
) -> Reply | Response:
    """The kept reply of this key, else run() and keep what it replies; a response that is streamed is not kept.

    KeyReused: the key came with another request before, or the first one is still at work. run() must not raise.
    """
    ports = visit.house.ports
    key = visit.request.headers.get(HEADER) or _key_in_body(visit, raw)
    if key is None or visit.request.method != "POST":
        return await run(ports)
    claim = await _claim(visit, actor, key, raw)
    sealed = visit.endpoint is not None and visit.endpoint.secret
    if claim.reply is not None:
        body = unseal(ports, claim.id, claim.reply.body) if sealed else claim.reply.body
        return Reply(claim.reply.status, body, claim.reply.headers)
    reply = await run(replace(ports, claim_id=claim.id))
    if isinstance(reply, Response) or reply.status >= 500 or reply.status in FORGOTTEN:
        await idempotency.abandon(claim.id)
    else:
        body = seal(ports, claim.id, reply.body) if sealed else reply.body
        await idempotency.answer(claim.id, reply.status, dict(reply.headers), body)
    return reply


def _key_in_body(visit: Visit, raw: bytes) -> str | None:
    """A body that cannot be read holds none: it is refused later, in the right words."""
    name = visit.dialect.key_field
    if name is None or name.encode() not in raw:
        return None
    try:
        values = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return None
    key = values.get(name) if isinstance(values, dict) else None
    return key if isinstance(key, str) and key else None


async def _claim(visit: Visit, actor: Actor, key: str, raw: bytes) -> idempotency.Claim:
    ports = visit.house.ports
    now, ttl_s = ports.clock.now(), ports.limits.idempotency_ttl_s
    print_of = fingerprint(visit, raw)
    try:
        return await idempotency.claim(actor, visit.dialect.name, key, print_of, now, ttl_s)
    except Conflict as error:
        raise KeyReused(error.message, **error.details) from error


def fingerprint(visit: Visit, raw: bytes) -> str:
    """What makes two requests the same: method, path, query and body."""
    url = visit.request.url
    parts = (visit.request.method, visit.request.scope["path"], url.query)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape") + b"\n" + raw).hexdigest()
