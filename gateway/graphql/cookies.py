"""The console's cookies: HttpOnly, of this site only, and Secure where the client came by https."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.graphql.context import Cookies


def set_cookies(response: Response, cookies: Cookies | None, request: Request) -> None:
    """Carry out what an operation asked for."""
    secure = request.url.scheme == "https"
    for name, wanted in (cookies.to_set if cookies else {}).items():
        value, max_age_s = wanted or ("", 0)
        response.set_cookie(
            name, value, max_age=max_age_s, path=request.url.path, secure=secure, httponly=True, samesite="strict"
        )
