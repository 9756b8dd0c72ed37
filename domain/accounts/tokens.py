"""Access tokens: short-lived JWTs (HS256) that name a session. Whether that session still lives is asked elsewhere."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt

from domain.accounts.credentials import refused
from domain.ports import Ports

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "gatehouse"
REQUIRED = ("iss", "aud", "sub", "sid", "iat", "exp", "jti")
MAX_LENGTH = 4096
CLOCK_SKEW_S = 60


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid token says."""

    user_id: UUID
    session_id: UUID
    expires_at: datetime


def encode_access_token(ports: Ports, user_id: UUID, session_id: UUID) -> tuple[str, datetime]:
    """A new token and when it expires (whole seconds)."""
    issued_at = ports.clock.now().replace(microsecond=0)
    expires_at = issued_at + timedelta(seconds=ports.limits.access_token_ttl_s)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "sid": str(session_id),
        "iat": issued_at,
        "exp": expires_at,
        "jti": uuid4().hex,
    }
    return jwt.encode(claims, _key(ports), algorithm=ALGORITHM), expires_at


def decode_access_token(ports: Ports, text: str) -> AccessClaims:
    """Unauthenticated: unknown (not ours, changed, malformed) or expired."""
    if len(text) > MAX_LENGTH or not text.isascii():
        raise refused("unknown")
    try:
        # Times are compared below, with the port's clock.
        options: Any = {"require": list(REQUIRED), "verify_exp": False, "verify_iat": False}
        claims = jwt.decode(
            text, _key(ports), algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE, options=options
        )
        found = AccessClaims(UUID(claims["sub"]), UUID(claims["sid"]), _moment(claims["exp"]))
        issued_at = _moment(claims["iat"])
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError) as exc:
        raise refused("unknown") from exc
    now = ports.clock.now()
    if found.expires_at <= now:
        raise refused("expired")
    if issued_at > now + timedelta(seconds=CLOCK_SKEW_S):
        raise refused("unknown")
    return found


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _key(ports: Ports) -> bytes:
    """A key of its own, so that the secret may sign other things too."""
    return hmac.new(ports.secret_key.encode(), b"gatehouse access token 1", hashlib.sha256).digest()
