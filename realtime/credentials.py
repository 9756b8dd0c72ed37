"""Where a credential sits in an upgrade or a request, and from which pages a cookie counts.

A cookie is sent by browsers on their own, so it counts only with an Origin that is our own, or that the operator named.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from domain.errors import Forbidden

SESSION_COOKIE = "gatehouse_session"
_BEARER = "bearer "


def bearer(header: str | None) -> str | None:
    """The credential in an Authorization header; one without a scheme is taken as it is."""
    if not header:
        return None
    return header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else header.strip()


def address_of(request: HTTPConnection) -> str | None:
    return request.client.host if request.client else None


def credential_of(upgrade: HTTPConnection, allowed_origins: Collection[str]) -> str | None:
    """From ?token=, else Authorization, else the session cookie. Forbidden: a cookie from a foreign page."""
    text = upgrade.query_params.get("token") or bearer(upgrade.headers.get("authorization"))
    if text is None and (text := upgrade.cookies.get(SESSION_COOKIE)) is not None:
        refuse_foreign_origin(upgrade, allowed_origins)
    return text or None


def refuse_foreign_origin(request: HTTPConnection, allowed_origins: Collection[str]) -> None:
    """Browsers say where a page comes from; other clients say nothing and have no cookies put in their hands."""
    origin = request.headers.get("origin")
    if origin is None or origin in allowed_origins:
        return
    if _place(origin) != _place(f"//{request.headers.get('host', '')}"):
        raise Forbidden("Requests with a cookie are not taken from pages of other origins.", origin=origin[:200])


def _place(url: str) -> tuple[str | None, int | None]:
    """Host and port; the scheme may differ where something in front of us ends TLS."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None, None
    return parts.hostname, None if port in (80, 443) else port
