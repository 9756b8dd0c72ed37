"""Tokens that a tenant signs with its own key, by which it is known at another one (ES384, contract of federation)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt

from domain.access import Actor
from domain.accounts.credentials import SESSION, refused
from domain.accounts.identity_login import Device, IdentityLogin, identity_login, issuer_of, open_identity_session
from domain.errors import Forbidden
from domain.models.tenant import Membership, Tenant, TenantKind, TenantRole
from domain.models.tenant_key import TenantKey
from domain.models.user import User
from domain.ports import Ports
from domain.tenants.signing_keys import private_key_of, public_key_of, published_keys, signing_key
from domain.unit import unit_of_work

ALGORITHM = "ES384"
PROXY = "PROXY"
LIFETIME_S = 300
MAX_LENGTH = 8192
CLOCK_SKEW_S = 60


async def sign_proxy_token(ports: Ports, actor: Actor, tenant: Tenant, audience: str) -> str:
    """A token by which the tenant is known at `audience`, for five minutes. Forbidden: only its owners speak for it
    (for a person only they themselves), with a credential that is not narrowed."""
    if actor.memberships.get(tenant.id) != TenantRole.OWNER or actor.scopes is not None or actor.read_only:
        raise Forbidden("Only an owner speaks for the tenant elsewhere.")
    if tenant.kind == TenantKind.PERSON and actor.id_tag != tenant.id_tag:
        raise Forbidden("Nobody else speaks for a person.")
    key = await signing_key(ports, tenant.id)
    now = ports.clock.now().replace(microsecond=0)
    claims = {
        "iss": issuer_of(tenant),
        "k": key.key_id,
        "t": PROXY,
        "aud": audience,
        "iat": now,
        "exp": now + timedelta(seconds=LIFETIME_S),
        "_": uuid4().hex,
    }
    return jwt.encode(claims, private_key_of(ports, key), algorithm=ALGORITHM, headers={"kid": key.key_id})


async def admit_by_proxy_token(ports: Ports, tenant: Tenant, text: str, device: Device) -> IdentityLogin:
    """Let in whom a tenant of this platform vouches for, as a guest or as the member they are.

    Unauthenticated: not signed by a tenant of ours, for somebody else, or expired.
    """
    person = await _person_of(ports, text, issuer_of(tenant))
    found = await Membership.get_or_none(user_id=person.id, tenant_id=tenant.id)
    async with unit_of_work(ports):
        session = await open_identity_session(ports, person, None, device, ports.clock.now())
    return identity_login(ports, tenant, person, found.role if found else None, f"{SESSION}:{session.id}")


async def _person_of(ports: Ports, text: str, audience: str) -> User:
    claims = _unverified(text)
    issuer = await Tenant.get_or_none(id_tag=str(claims.get("iss"))[:64], kind=TenantKind.PERSON)
    if issuer is None:
        raise refused("unknown")
    keys = [key for key in await published_keys(ports, issuer.id) if key.key_id == claims.get("k")]
    if not keys:
        raise refused("unknown")
    _verify(ports, text, keys[0], audience)
    person = await User.get_or_none(id_tag=issuer.id_tag)
    if person is None or person.disabled:
        raise refused("revoked")
    return person


def _unverified(text: str) -> dict[str, Any]:
    if len(text) > MAX_LENGTH or not text.isascii():
        raise refused("unknown")
    try:
        return dict(jwt.decode(text, options={"verify_signature": False}))
    except (jwt.InvalidTokenError, ValueError) as exc:
        raise refused("unknown") from exc


def _verify(ports: Ports, text: str, key: TenantKey, audience: str) -> None:
    """What was found without looking at the signature is believed only after this."""
    try:
        # Times are compared below, with the port's clock.
        options: Any = {"require": ["iss", "aud", "exp", "iat", "t"], "verify_exp": False, "verify_iat": False}
        claims = jwt.decode(text, public_key_of(key), algorithms=[ALGORITHM], audience=audience, options=options)
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        issued_at = datetime.fromtimestamp(int(claims["iat"]), UTC)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as exc:
        raise refused("unknown") from exc
    now = ports.clock.now()
    if claims["t"] != PROXY or issued_at > now + timedelta(seconds=CLOCK_SKEW_S):
        raise refused("unknown")
    if expires_at <= now:
        raise refused("expired")
