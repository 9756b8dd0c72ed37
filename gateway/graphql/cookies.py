"""The console's cookies: HttpOnly, of this site only, and Secure where the client came by https.

The session cookie goes with every request to this server; the refresh cookie only to the GraphQL door.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from domain.accounts.sessions import SignedIn
from realtime.credentials import SESSION_COOKIE

REFRESH_COOKIE = "gatehouse_refresh"


class Kept(NamedTuple):
    """A cookie as it shall be: max_age_s 0 removes it."""

    value: str
    max_age_s: int
    path: str


@dataclass(slots=True)
class Cookies:
    """What one HTTP request may read and set. refresh_token: None when it came without the proof that a page of ours
    sent it. door_path: where the GraphQL door stands."""

    door_path: str
    refresh_token: str | None = None
    wanted: dict[str, Kept] = field(default_factory=dict)

    def keep(self, signed_in: SignedIn, now: datetime) -> None:
        """Hold a session's tokens."""
        access_s = int((signed_in.access_expires_at - now).total_seconds())
        refresh_s = int((signed_in.refresh_expires_at - now).total_seconds())
        self.wanted[SESSION_COOKIE] = Kept(signed_in.access_token, access_s, "/")
        self.wanted[REFRESH_COOKIE] = Kept(signed_in.refresh_token, refresh_s, self.door_path)

    def forget(self) -> None:
        """Remove both."""
        self.wanted[SESSION_COOKIE] = Kept("", 0, "/")
        self.wanted[REFRESH_COOKIE] = Kept("", 0, self.door_path)


def set_cookies(response: Response, cookies: Cookies, request: Request) -> None:
    """Carry out what an operation asked for."""
    secure = request.url.scheme == "https"
    for name, kept in cookies.wanted.items():
        response.set_cookie(
            name, kept.value, max_age=kept.max_age_s, path=kept.path, secure=secure, httponly=True, samesite="strict"
        )
