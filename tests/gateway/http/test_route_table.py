"""Finding a route: exact paths, templates, methods, and what two dialects may not share."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from gateway.http.route_table import RouteTable, collision


async def answer(request: Request) -> Response:
    return PlainTextResponse("")


async def talk(websocket: WebSocket) -> None: ...


def scope_of(path: str, method: str = "GET", kind: str = "http") -> dict[str, Any]:
    return {"type": kind, "path": path, "method": method, "headers": []}


ROUTES = [
    Route("/api/users", answer, name="users"),
    Route("/api/users/{id}", answer, name="user"),
    Route("/api/users/me", answer, name="me"),
    Route("/api/{kind}/{id}/{verb}", answer, methods=["POST"], name="verb"),
    Route("/files/{path:path}", answer, name="files"),
    Route("/graphql", answer, name="graphql"),
    WebSocketRoute("/graphql", talk, name="socket"),
]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/users", "users"),
        ("/api/users/7", "user"),
        ("/api/users/me", "me"),
        ("/files/a/b/c.txt", "files"),
        ("/graphql", "graphql"),
        ("/api/users/", None),
        ("/api/other/7", None),
        ("/api", None),
        ("/", None),
        ("", None),
    ],
)
def test_a_path_finds_its_route(path: str, name: str | None) -> None:
    found = RouteTable(ROUTES).find(scope_of(path))
    assert getattr(found, "name", None) == name


def test_values_of_the_path_and_the_route_are_noted() -> None:
    scope = scope_of("/api/users/7/start", "POST")
    found = RouteTable(ROUTES).find(scope)
    assert scope["path_params"] == {"kind": "users", "id": "7", "verb": "start"}
    assert scope["route"] is found


def test_a_wrong_method_finds_the_route_that_will_say_so() -> None:
    found = RouteTable(ROUTES).find(scope_of("/api/users/7/start", "GET"))
    assert getattr(found, "name", None) == "verb"


def test_a_method_of_its_own_wins_over_another_route_of_the_path() -> None:
    routes = [Route("/x", answer, methods=["GET"], name="read"), Route("/x", answer, methods=["PUT"], name="write")]
    assert getattr(RouteTable(routes).find(scope_of("/x", "PUT")), "name", None) == "write"


def test_a_socket_finds_its_route() -> None:
    assert getattr(RouteTable(ROUTES).find(scope_of("/graphql", kind="websocket")), "name", None) == "socket"


def test_only_routes_that_can_match_are_asked() -> None:
    asked: list[str] = []

    class Watched(Route):
        def matches(self, scope: Any) -> Any:
            asked.append(self.path)
            return super().matches(scope)

    many = [Watched(f"/v1/thing{number}/{{id}}", answer) for number in range(500)]
    RouteTable(many).find(scope_of("/v1/thing321/x"))
    assert asked == ["/v1/thing321/{id}"]


def test_a_mount_is_asked_too() -> None:
    table = RouteTable([Mount("/static", PlainTextResponse("x"))])
    assert isinstance(table.find(scope_of("/static/app.js")), Mount)


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        (["/api/users"], ["/api/users"], ("/api/users", "/api/users")),
        (["/api/users/{id}"], ["/api/users/me"], ("/api/users/{id}", "/api/users/me")),
        (["/api/{kind}/list"], ["/api/users/{id}"], ("/api/{kind}/list", "/api/users/{id}")),
        (["/api/users/{id}"], ["/api/users"], None),
        (["/api/users/{id}"], ["/api/nodes/{id}"], None),
    ],
)
def test_templates_that_one_path_could_match_collide(
    ours: list[str], theirs: list[str], found: tuple[str, str] | None
) -> None:
    assert collision(ours, theirs) == found
