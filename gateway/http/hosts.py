"""Who answers: a dialect's own host, a tenant's, a dialect's own prefix, else the root with everybody who stands there.

A tenant with an id tag has a host for its API, cl-o.<id tag>: Cloudillo's REST and WebSocket doors, and nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from domain.tenants.directory import TenantDirectory
from domain.tenants.id_tags import API_LABEL, canonical_host
from gateway.faults import StartupError
from gateway.http.channels import channel_routes
from gateway.http.errors import not_found
from gateway.http.route_table import RouteTable, collision, path_of
from rest_compat._kit.dialect import Dialect
from rest_compat._kit.mount import UnknownPath, mount, standalone
from rest_compat.cloudillo.routes import DIALECT as CLOUDILLO
from rest_compat.skyport.routes import DIALECT as SKYPORT

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (SKYPORT, CLOUDILLO)}
"""Every dialect there is, by the name of its prefix."""
API_HOST = f"{API_LABEL}."
WELL_KNOWN = "/.well-known/cloudillo/"
"""What a tenant answers at its own name, too."""


class Doors(BaseRoute):
    """The one route of the application: chooses by host name, then by first path segment, then at the root."""

    def __init__(self, own: Sequence[BaseRoute], root_dialects: Sequence[str], hosts: Mapping[str, str]) -> None:
        """own: routes of no dialect. StartupError: an unknown dialect, or two who want the same path at the root."""
        channels = channel_routes()
        alone = {name: standalone(dialect) for name, dialect in DIALECTS.items()}
        alone[CLOUDILLO.name] = standalone(CLOUDILLO, channels)
        self._by_host = {host.lower(): _known(name, f"HOSTS__{name.upper()}") for name, host in hosts.items()}
        self._alone: dict[str, ASGIApp] = dict(alone)
        self._prefixes = {name: Mount(f"/{name}", app) for name, app in alone.items()}
        at_root = [DIALECTS[_known(name, "ROOT_DIALECTS")] for name in root_dialects]
        _refuse_collisions(own, at_root)
        self._nobody = UnknownPath(CLOUDILLO)
        self._root = RouteTable([*own, *channels, *(route for dialect in at_root for route in mount(dialect))])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return Match.FULL, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = await self._of_tenant(scope) or self._find(scope)
        if app is not None:
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            await not_found(scope)(scope, receive, send)

    async def _of_tenant(self, scope: Scope) -> ASGIApp | None:
        """The API of the tenant whose host was asked for; None when it was another kind of host.

        Notes the tenant in the scope, also where only its well-known path is asked for.
        """
        host = _host_of(scope)
        at_api = host.startswith(API_HOST)
        if host in self._by_host or not (at_api or scope["path"].startswith(WELL_KNOWN)):
            return None
        directory: TenantDirectory = scope["app"].state.house.directory
        id_tag = canonical_host(host.removeprefix(API_HOST))
        tenant_id = await directory.find(id_tag) if id_tag else None
        if tenant_id is not None:
            scope["state"]["tenant_id"] = tenant_id
        if not at_api:
            return None
        scope["state"]["door"] = CLOUDILLO.name
        return self._alone[CLOUDILLO.name] if tenant_id is not None else self._nobody

    def _find(self, scope: Scope) -> ASGIApp | None:
        if self._by_host and (name := self._by_host.get(_host_of(scope))) is not None:
            scope["state"]["door"] = name
            return self._alone[name]
        first = scope["path"][1:].partition("/")[0]
        if first in self._prefixes:
            scope["state"]["door"] = first
            return self._under_prefix(scope, first)
        route = self._root.find(scope)
        return route.handle if route is not None else None

    def _under_prefix(self, scope: Scope, name: str) -> ASGIApp:
        match, child_scope = self._prefixes[name].matches(scope)
        if match is Match.FULL:
            scope.update(child_scope)
        return self._alone[name]


def _host_of(scope: Scope) -> str:
    host = Headers(scope=scope).get("host", "")
    return host.rpartition(":")[0].lower() if host.rpartition(":")[2].isdecimal() else host.lower()


def _known(name: str, setting: str) -> str:
    if name not in DIALECTS:
        raise StartupError(f"GATEHOUSE_{setting}: there is no dialect {name} (there is {', '.join(DIALECTS)})")
    return name


def _refuse_collisions(own: Sequence[BaseRoute], at_root: Sequence[Dialect]) -> None:
    taken = {"gateway": [path for route in own if (path := path_of(route)) is not None]}
    for dialect in at_root:
        for name, paths in taken.items():
            if found := collision(dialect.paths, paths):
                raise StartupError(
                    f"GATEHOUSE_ROOT_DIALECTS: {dialect.name} and {name} both answer at the root to {found[0]}"
                )
        taken[dialect.name] = sorted(dialect.paths)
