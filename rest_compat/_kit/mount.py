"""A dialect's routes: one per path, so that a known path with a wrong method is refused in the dialect's own words."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from rest_compat._kit.dialect import Dialect, Endpoint
from rest_compat._kit.openapi import document
from rest_compat._kit.serve import refuse_method, refuse_path, serve


class PathApp:
    """ASGI: everything a dialect answers at one path. dialect and path tell metrics where a request went."""

    def __init__(self, dialect: Dialect, path: str, endpoints: Sequence[Endpoint]) -> None:
        self.dialect = dialect
        self.path = path
        self._by_method = {endpoint.method: endpoint for endpoint in endpoints}
        self.allowed = frozenset(self._by_method) | ({"HEAD"} if "GET" in self._by_method else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        endpoint = self._by_method.get("GET" if request.method == "HEAD" else request.method)
        if endpoint is None:
            return refuse_method(self.dialect, self.allowed, request)
        return await serve(self.dialect, endpoint, request)


class PathRoute(Route):
    """A route that is second best for methods it does not know, so that another template may have them; when none
    has, it refuses in its dialect's words."""

    def __init__(self, path_app: PathApp) -> None:
        dialect, path = path_app.dialect, path_app.path
        super().__init__(path, path_app, name=f"{dialect.name}:{path}", methods=sorted(path_app.allowed))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class UnknownPath:
    """ASGI: what a dialect says to every other path where it stands alone (its prefix, its own host)."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.path = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        await refuse_path(self.dialect, Request(scope, receive))(scope, receive, send)


def mount(dialect: Dialect) -> list[BaseRoute]:
    """Its routes, to stand beside those of others (at the root of a host)."""
    by_path: dict[str, list[Endpoint]] = {}
    for endpoint in dialect.endpoints:
        for path in endpoint.paths:
            by_path.setdefault(path, []).append(endpoint)
    paths = sorted(by_path, key=_where_templates_stand)
    return [PathRoute(PathApp(dialect, path, by_path[path])) for path in paths]


def _where_templates_stand(path: str) -> tuple[bool, ...]:
    """Orders literal paths before templates that could match them too."""
    return tuple(segment.startswith("{") for segment in path.split("/"))


def standalone(dialect: Dialect, sockets: Sequence[BaseRoute] = ()) -> Router:
    """The dialect alone, for its prefix or a host of its own: with its openapi.json, and its own words for the rest.

    sockets: WebSocket routes that belong to it.
    """

    async def openapi(request: Request) -> Response:
        return JSONResponse(document(dialect, request.scope.get("root_path", "")))

    routes = [*mount(dialect), *sockets, Route("/openapi.json", openapi, name=f"{dialect.name}:openapi")]
    return Router(routes, default=UnknownPath(dialect), redirect_slashes=False)
