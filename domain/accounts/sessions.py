"""Sessions: what a sign-in hands out, and how its refresh tokens follow one another."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.accounts.digest import digest_of
from domain.accounts.tokens import encode_access_token
from domain.models.user import RefreshToken, Session, User
from domain.ports import Ports

ADDRESS_LENGTH = 64
USER_AGENT_LENGTH = 256


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The two tokens in plain text; only this value ever holds the refresh token. session.user is loaded."""

    access_token: str
    refresh_token: str
    access_expires_at: datetime
    refresh_expires_at: datetime
    session: Session
    user: User


async def issue_tokens(ports: Ports, session: Session, user: User) -> SignedIn:
    """The next link of a session's chain. Call inside a unit."""
    refresh_token = f"ghr_{secrets.token_urlsafe(32)}"
    await RefreshToken.create(session_id=session.id, token_hash=digest_of(refresh_token))
    access_token, access_expires_at = encode_access_token(ports, user.id, session.id)
    return SignedIn(access_token, refresh_token, access_expires_at, session.expires_at, session, user)


def lives_until(ports: Ports, now: datetime) -> datetime:
    """When a session used now ends unless it is used again."""
    return now + timedelta(seconds=ports.limits.refresh_token_ttl_s)


def one_line(text: str | None, max_length: int) -> str | None:
    """What a client says about itself, fit to be stored and shown."""
    if not text:
        return None
    return "".join(c if c.isprintable() else "?" for c in text[:max_length])
