"""Tokens of a tenant's identity: JWTs (HS256) in which the tenant is the issuer, for doors that work that way.

They name the credential they were made from (a session, an API key, a ref); when that ends, so do they.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt

from domain.accounts.credentials import refused
from domain.accounts.tokens import ALGORITHM, CLOCK_SKEW_S, MAX_LENGTH
from domain.ports import Ports

KIND = "identity"
REQUIRED = ("iss", "cred", "iat", "exp", "jti")


@dataclass(frozen=True, slots=True)
class IdentityClaims:
    """issuer: the tenant's id tag. subject: the person's, None when the issuer itself speaks, or nobody. scope: as in
    token_scopes. via: the file through which that of the scope was reached. credential: as in Actor."""

    issuer: str
    credential: str
    expires_at: datetime
    subject: str | None = None
    scope: str | None = None
    via: str | None = None


def encode_identity_token(
    ports: Ports,
    issuer: str,
    credential: str,
    *,
    subject: str | None = None,
    scope: str | None = None,
    via: str | None = None,
    roles: Sequence[str] = (),
    not_after: datetime | None = None,
) -> tuple[str, datetime]:
    """A new token and when it expires. roles: told to clients, never believed. not_after: when its source ends."""
    issued_at = ports.clock.now().replace(microsecond=0)
    expires_at = issued_at + timedelta(seconds=ports.limits.identity_token_ttl_s)
    if not_after is not None:
        expires_at = min(expires_at, not_after)
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "scope": scope,
        "via": via,
        "r": ",".join(roles) or None,
        "cred": credential,
        "iat": issued_at,
        "exp": expires_at,
        "jti": uuid4().hex,
    }
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, _key(ports), algorithm=ALGORITHM, headers={"kid": KIND}), expires_at


def is_identity_token(text: str) -> bool:
    """By what it says itself; whether it is genuine is another question."""
    try:
        return len(text) <= MAX_LENGTH and jwt.get_unverified_header(text).get("kid") == KIND
    except jwt.InvalidTokenError:
        return False


def decode_identity_token(ports: Ports, text: str) -> IdentityClaims:
    """Unauthenticated: unknown (not ours, changed, malformed) or expired."""
    try:
        # Times are compared below, with the port's clock.
        options: Any = {"require": list(REQUIRED), "verify_exp": False, "verify_iat": False, "verify_sub": False}
        claims = jwt.decode(text, _key(ports), algorithms=[ALGORITHM], options=options)
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        issued_at = datetime.fromtimestamp(int(claims["iat"]), UTC)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as exc:
        raise refused("unknown") from exc
    now = ports.clock.now()
    if expires_at <= now:
        raise refused("expired")
    if issued_at > now + timedelta(seconds=CLOCK_SKEW_S):
        raise refused("unknown")
    found = {name: claims.get(name) for name in ("sub", "scope", "via")}
    return IdentityClaims(claims["iss"], claims["cred"], expires_at, found["sub"], found["scope"], found["via"])


def _key(ports: Ports) -> bytes:
    """A key of its own: neither kind of token can be taken for the other."""
    return hmac.new(ports.secret_key.encode(), b"gatehouse identity token 1", hashlib.sha256).digest()
