"""Where a Cloudillo credential sits (Authorization: Bearer, or ?token= where that is allowed), and in whose tenant."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from starlette._utils import get_route_path
from starlette.requests import Request

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind
from domain.accounts.authenticate import authenticate as identify
from domain.accounts.credentials import is_scoped, refused
from domain.accounts.token_scopes import PACKAGES
from domain.errors import Forbidden
from domain.models.tenant import Tenant
from rest_compat._kit import House
from rest_compat.cloudillo.names import DOOR, FILES_PATH

FILE_PLACES = (FILES_PATH, "/api/search", "/api/auth/access-token")
PACKAGE_PLACES = (f"{FILES_PATH}/apkg", "/api/apps")
PUBLISH = ("POST", "/api/actions")
"""Where tokens for one file, and those for app packages, are of use."""

SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token, or an API key of the form cl_…; ?token= does as well where it is needed.",
    }
}


async def authenticate(request: Request, house: House) -> Actor:
    """The actor of the token or key. Unauthenticated whatever is wrong.

    Forbidden: it is for other things than what is asked; where guests are welcome, such a one is a guest.
    """
    address = request.client.host if request.client else None
    credential = Credential(CredentialKind.ANY, credential_in(request), DOOR, address)
    try:
        actor = await identify(house.ports, credential, house.identities)
        _refuse_outside(actor, request)
    except Forbidden:
        if request.scope["state"].get("guests", False):
            return Actor.anonymous(DOOR, address)
        raise
    return actor


def _refuse_outside(actor: Actor, request: Request) -> None:
    if not is_scoped(actor):
        return
    path = get_route_path(request.scope)
    packages = actor.scopes is not None and PACKAGES in actor.scopes
    places = PACKAGE_PLACES if packages else FILE_PLACES if actor.file_scope is not None else ()
    if any(path == place or path.startswith(f"{place}/") for place in places):
        return
    if packages and (request.method, path) == PUBLISH:
        return
    raise Forbidden("This token is for other things.")


def credential_in(request: Request) -> str | None:
    """The text of the credential. In the query of a guest's request only where files are fetched."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    wanted = not request.scope["state"].get("guests", False)
    at_files = get_route_path(request.scope).startswith(f"{FILES_PATH}/")
    return request.query_params.get("token") if wanted or at_files else None


async def settle(request: Request, house: House, actor: Actor) -> tuple[Actor, Tenant | None]:
    """The tenant of the host name, else of the credential, else the default one; the actor as they are there.

    Unauthenticated: the credential is for another tenant.
    """
    by_host: UUID | None = request.scope["state"].get("tenant_id")
    tenant = await _tenant(by_host, house, actor)
    if tenant is None or actor.credential == "anonymous":
        return actor, tenant
    if tenant.id != actor.tenant_id and tenant.id not in actor.memberships and not actor.is_platform:
        raise refused("unknown")
    role = actor.memberships.get(tenant.id)
    memberships = MappingProxyType({tenant.id: role} if role is not None else {})
    return replace(actor, tenant_id=tenant.id, memberships=memberships), tenant


async def _tenant(by_host: UUID | None, house: House, actor: Actor) -> Tenant | None:
    if by_host is not None:
        return await Tenant.get_or_none(id=by_host)
    own = await Tenant.get_or_none(id=actor.tenant_id) if actor.tenant_id else None
    if own is not None and own.id_tag is not None:
        return own
    default_id = await house.directory.default()
    return await Tenant.get_or_none(id=default_id) if default_id else own
