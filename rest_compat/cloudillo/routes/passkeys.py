"""Passkeys: authenticators that sign in. Source: the server's wa/* endpoints, beyond the API reference."""

from __future__ import annotations

from domain.accounts.credentials import refused
from domain.accounts.passkeys import (
    begin_registration,
    begin_sign_in,
    finish_registration,
    finish_sign_in,
    list_passkeys,
    remove_passkey,
)
from domain.errors import NotFound
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.callers import device_of, party_of
from rest_compat.cloudillo.schemas.auth import CeremonyOut, LoginOut, PasskeyAnswerIn, PasskeyOut

TAG = "Passkeys"


async def list_keys(call: Call[None]) -> list[PasskeyOut]:
    """GET /api/auth/wa/reg: the caller's own passkeys at this tenant."""
    return [PasskeyOut.of(row) for row in await list_passkeys(call.actor, call.tenant)]


async def challenge_registration(call: Call[None]) -> CeremonyOut:
    """GET /api/auth/wa/reg-challenge: what an authenticator is asked to make a key for the caller."""
    return CeremonyOut.of(await begin_registration(call.ports, call.actor, call.tenant, party_of(call)))


async def register(call: Call[PasskeyAnswerIn]) -> PasskeyOut:
    """POST /api/auth/wa/reg: keep the key that the authenticator made."""
    body = call.body
    row = await finish_registration(
        call.ports, call.actor, call.tenant, party_of(call), body.token, body.response, body.name or ""
    )
    return PasskeyOut.of(row)


async def remove(call: Call[None]) -> None:
    """DELETE /api/auth/wa/reg/{id}: the authenticator signs in no more."""
    await remove_passkey(call.ports, call.actor, call.tenant, call.path["id"])


async def challenge_login(call: Call[None]) -> CeremonyOut:
    """GET /api/auth/wa/login-challenge: what an authenticator is asked to sign; 404 when nobody has a passkey here."""
    ceremony = await begin_sign_in(call.ports, call.tenant, party_of(call))
    if ceremony is None:
        raise NotFound("Nobody has a passkey here.")
    return CeremonyOut.of(ceremony)


async def login(call: Call[PasskeyAnswerIn]) -> LoginOut:
    """POST /api/auth/wa/login: sign in by what an authenticator has signed."""
    body = call.body
    if "id" not in body.response:
        raise refused("unknown")
    party = party_of(call)
    return LoginOut.of(await finish_sign_in(call.ports, call.tenant, party, body.token, body.response, device_of(call)))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/auth/wa/reg",
        handler=list_keys,
        success=say.data(list[PasskeyOut], "The passkeys"),
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/auth/wa/reg-challenge",
        handler=challenge_registration,
        success=say.data(CeremonyOut, "What to ask"),
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/auth/wa/reg",
        handler=register,
        body=PasskeyAnswerIn,
        success=say.data(PasskeyOut, "The passkey", 201),
        tag=TAG,
    ),
    Endpoint(
        method="DELETE",
        path="/api/auth/wa/reg/{id}",
        handler=remove,
        success=say.nothing("It is removed"),
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/auth/wa/login-challenge",
        handler=challenge_login,
        success=say.data(CeremonyOut, "What to ask"),
        public=True,
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/auth/wa/login",
        handler=login,
        body=PasskeyAnswerIn,
        success=say.data(LoginOut, "Signed in"),
        public=True,
        secret=True,
        tag=TAG,
    ),
)
