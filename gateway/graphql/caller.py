"""Where a GraphQL client's credential sits, and who it is.

A cookie is sent by browsers on their own, so it counts only for requests that a foreign page cannot make: over HTTP
with a header of ours (which needs the server's consent across origins), and everywhere with an Origin that is our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.errors import Forbidden
from gateway.graphql.context import House
from gateway.graphql.cookies import REFRESH_COOKIE
from gateway.graphql.settings import GraphQLSettings
from realtime.credentials import SESSION_COOKIE, address_of, bearer, refuse_foreign_origin

DOOR = "graphql"
CSRF_HEADER = "x-gatehouse-csrf"
INIT_NAMES = ("authorization", "authtoken", "token", "accesstoken", "apikey")


async def caller_of_request(house: House, settings: GraphQLSettings, request: HTTPConnection) -> Actor | None:
    """Who sent an HTTP request; None: nobody. Unauthenticated: a credential that is not valid. Forbidden: a cookie that
    came without the header, or from a foreign page."""
    text = bearer(request.headers.get("authorization"))
    if text is None and (text := request.cookies.get(SESSION_COOKIE)) is not None:
        _refuse_foreign_page(request, settings)
    return await _authenticated(house, text, request)


def refresh_cookie(settings: GraphQLSettings, request: HTTPConnection) -> str | None:
    """The refresh token in the cookie, if a page of ours sent it."""
    try:
        _refuse_foreign_page(request, settings)
    except Forbidden:
        return None
    return request.cookies.get(REFRESH_COOKIE)


async def caller_of_socket(
    house: House, settings: GraphQLSettings, upgrade: HTTPConnection, init: Mapping[str, Any]
) -> Actor | None:
    """Who opened a socket: from connection_init, else the upgrade's Authorization, else its cookie. Errors as above."""
    text = _of_init(init) or bearer(upgrade.headers.get("authorization"))
    if text is None and (text := upgrade.cookies.get(SESSION_COOKIE)) is not None:
        refuse_foreign_origin(upgrade, settings.allowed_origins)
    return await _authenticated(house, text, upgrade)


async def _authenticated(house: House, text: str | None, request: HTTPConnection) -> Actor | None:
    if text is None:
        return None
    credential = Credential(CredentialKind.ANY, text, DOOR, address_of(request))
    return await authenticate(house.ports, credential, house.identities)


def _of_init(init: Mapping[str, Any]) -> str | None:
    """Clients disagree on the name, and on whether headers stand in a map of their own."""
    given = {name.lower(): value for name, value in init.items()}
    nested = given.get("headers")
    if isinstance(nested, dict):
        given = {**{str(name).lower(): value for name, value in nested.items()}, **given}
    return next((bearer(text) for name in INIT_NAMES if isinstance(text := given.get(name), str) and text), None)


def _refuse_foreign_page(request: HTTPConnection, settings: GraphQLSettings) -> None:
    if CSRF_HEADER not in request.headers:
        raise Forbidden(f"With a cookie, send the header {CSRF_HEADER}.", header=CSRF_HEADER)
    refuse_foreign_origin(request, settings.allowed_origins)
