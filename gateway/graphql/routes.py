"""Where the GraphQL door stands."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.graphql.explorer.page import explorer_file
from gateway.graphql.http import graphql_http
from gateway.graphql.socket import graphql_socket

PATH = "/graphql"


def graphql_routes() -> list[BaseRoute]:
    """Handlers take everything from request.app.state.house."""
    return [
        Route(PATH, graphql_http, methods=["GET", "POST"]),
        WebSocketRoute(PATH, graphql_socket),
        Route(f"{PATH}/explorer/{{name}}", explorer_file),
    ]
