"""Sign in and out, and tokens."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from domain.accounts.access_tokens import narrow_token, token_of_key, token_of_link, token_via
from domain.accounts.change_password import change_password as write_password
from domain.accounts.credentials import SESSION, id_in, refused
from domain.accounts.digest import digest_of
from domain.accounts.identity_login import IdentityLogin, issuer_of, renew_login, sign_in_to_identity
from domain.accounts.passkeys import begin_sign_in
from domain.accounts.proxy_tokens import admit_by_proxy_token, sign_proxy_token
from domain.accounts.qr_sign_in import offer_qr_sign_in
from domain.accounts.revoke_api_key import revoke_api_key
from domain.accounts.sign_out import sign_out
from domain.errors import InvalidInput, Unavailable
from domain.models.user import ApiKey
from domain.tenants.id_tags import clean_id_tag
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.callers import device_of, party_of
from rest_compat.cloudillo.schemas.auth import (
    AccessTokenIn,
    AccessTokenOut,
    CeremonyOut,
    LoginIn,
    LoginInitOut,
    LoginOut,
    LogoutIn,
    PasswordIn,
    ProxyTokenIn,
    ProxyTokenOut,
    QrOfferOut,
)

TAG = "Authentication"


async def login(call: Call[LoginIn]) -> LoginOut:
    """POST /api/auth/login: sign in by id tag and password.

    At a tenant's own host only to that tenant; elsewhere to any of this platform.
    """
    by_host = call.request.scope["state"].get("tenant_id")
    body = call.body
    return LoginOut.of(await sign_in_to_identity(call.ports, body.id_tag, body.password, device_of(call), by_host))


async def login_init(call: Call[None]) -> LoginInitOut:
    """POST /api/auth/login-init: who is signed in, with a fresh token, or the ways to sign in."""
    if call.actor.user_id is not None:
        renewed = await _renewed(call)
        return LoginInitOut(status="authenticated", login=LoginOut.of(renewed))
    ceremony = await begin_sign_in(call.ports, call.tenant, party_of(call))
    return LoginInitOut(
        status="unauthenticated",
        qr_login=await _offered(call),
        web_authn=CeremonyOut.of(ceremony) if ceremony else None,
    )


async def logout(call: Call[LogoutIn]) -> None:
    """POST /api/auth/logout: end the session, with every token made from it, and the key that is named."""
    if call.body.api_key:
        key = await ApiKey.get_or_none(key_hash=digest_of(call.body.api_key), user_id=call.actor.user_id)
        if key is not None:
            await revoke_api_key(call.ports, call.actor, key.id)
    if id_in(call.actor.credential, SESSION) is not None:
        await sign_out(call.ports, call.actor)


async def change_password(call: Call[PasswordIn]) -> None:
    """POST /api/auth/password: set a new password; the person's other sessions end."""
    body = call.body
    if not body.new_password.strip():
        raise InvalidInput("The new password is blank.", field="newPassword")
    if body.new_password == body.current_password:
        raise InvalidInput("The new password is the old one.", field="newPassword")
    await write_password(call.ports, call.actor, body.current_password, body.new_password)


async def login_token(call: Call[None]) -> LoginOut | None:
    """GET /api/auth/login-token: a fresh token of the session, which is prolonged; null for who is not signed in."""
    return LoginOut.of(await _renewed(call)) if call.actor.user_id is not None else None


async def access_token(call: Call[None]) -> AccessTokenOut:
    """GET /api/auth/access-token: a token made from the first that is given: via, token, refId, apiKey, the bearer."""
    query: AccessTokenIn = call.query
    ports, actor, tenant = call.ports, call.actor, call.tenant
    if query.via:
        _require_somebody(call)
        return AccessTokenOut.of(await token_via(ports, actor, tenant, query.via, query.scope))
    if query.token:
        admitted = await admit_by_proxy_token(ports, tenant, query.token, device_of(call))
        return AccessTokenOut(token=admitted.token, expires_at=int(admitted.expires_at.timestamp()))
    if query.ref_id:
        return AccessTokenOut.of(await token_of_link(ports, actor, tenant, query.ref_id, refresh=query.refresh))
    if query.api_key:
        device = device_of(call)
        made = await token_of_key(ports, tenant, query.api_key, device.door, device.address, query.scope)
        return AccessTokenOut.of(made)
    _require_somebody(call)
    return AccessTokenOut.of(await narrow_token(ports, actor, tenant, query.scope))


async def proxy_token(call: Call[None]) -> ProxyTokenOut:
    """GET /api/auth/proxy-token: a token by which this tenant is known at another one, or, without idTag, here."""
    query: ProxyTokenIn = call.query
    if query.id_tag is None or clean_id_tag(query.id_tag) == issuer_of(call.tenant):
        renewed = await _renewed(call)
        return ProxyTokenOut(token=renewed.token, roles=list(renewed.roles))
    audience = clean_id_tag(query.id_tag)
    return ProxyTokenOut(token=await sign_proxy_token(call.ports, call.actor, call.tenant, audience))


async def _offered(call: Call[None]) -> QrOfferOut | UnsetType:
    """Where too many devices wait already, there are still the other ways."""
    try:
        return QrOfferOut.of(await offer_qr_sign_in(call.ports, call.tenant, device_of(call)))
    except Unavailable:
        return UNSET


async def _renewed(call: Call[None]) -> IdentityLogin:
    return await renew_login(call.ports, call.actor, call.tenant)


def _require_somebody(call: Call[None]) -> None:
    if call.actor.credential == "anonymous":
        raise refused("missing")


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/api/auth/login",
        handler=login,
        body=LoginIn,
        success=say.data(LoginOut, "Signed in"),
        public=True,
        secret=True,
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/auth/login-init",
        handler=login_init,
        success=say.data(LoginInitOut, "Who is signed in, or how to"),
        guests=True,
        forgiving=True,
        secret=True,
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/auth/logout",
        handler=logout,
        body=LogoutIn,
        success=say.nothing("Signed out"),
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/auth/password",
        handler=change_password,
        body=PasswordIn,
        success=say.nothing("The password is changed"),
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/auth/login-token",
        handler=login_token,
        success=say.data(LoginOut | None, "A fresh token, or null"),
        guests=True,
        forgiving=True,
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/auth/access-token",
        handler=access_token,
        query=AccessTokenIn,
        success=say.data(AccessTokenOut, "A token"),
        guests=True,
        forgiving=True,
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/auth/proxy-token",
        handler=proxy_token,
        query=ProxyTokenIn,
        success=say.data(ProxyTokenOut, "A token"),
        tag=TAG,
    ),
)
