"""Around every request: its id, its line in the log, its figures, and an answer to our own faults."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.http.logs import configure_logs
from gateway.http.metrics import Metrics
from gateway.http.observe import Observe

SECRET = "the reason is a secret"


async def fine(request: Request) -> Response:
    logging.getLogger("a.package").warning("it says something")
    return JSONResponse({"id": request.state.request_id})


async def broken(request: Request) -> Response:
    raise RuntimeError(SECRET)


async def broken_socket(websocket: WebSocket) -> None:
    await websocket.accept()
    raise RuntimeError(SECRET)


async def noted(request: Request) -> Response:
    request.state.door, request.state.route = "graphql", "/graphql"
    return Response(status_code=204)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> Iterator[TestClient]:
    routes = [
        Route("/fine/{id}", fine),
        Route("/broken", broken),
        Route("/noted", noted),
        WebSocketRoute("/socket", broken_socket),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Observe)])
    app.state.house = SimpleNamespace(metrics=metrics)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def log_lines() -> Iterator[Any]:
    """The JSON lines that were logged so far."""
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.level, root.handlers[:])
    configure_logs("json", "info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def test_a_request_gets_an_id_that_everybody_sees(client: TestClient, log_lines: Any) -> None:
    response = client.get("/fine/7")
    request_id = response.headers["x-request-id"]
    assert response.json() == {"id": request_id}
    ours = {line["logger"]: line["request_id"] for line in log_lines() if line["logger"] != "httpx2"}
    assert ours == {"a.package": request_id, "gatehouse.access": request_id}


def test_a_callers_own_id_is_kept(client: TestClient) -> None:
    assert client.get("/fine/7", headers={"X-Request-ID": "trace-1.a_B"}).json() == {"id": "trace-1.a_B"}


@pytest.mark.parametrize("bad", ["", "a b", "x" * 65, "<script>", 'a"b', "ä".encode()])
def test_an_id_that_could_do_harm_is_replaced(client: TestClient, bad: str | bytes) -> None:
    got = client.get("/fine/7", headers=[(b"x-request-id", bad if isinstance(bad, bytes) else bad.encode())])
    assert got.json()["id"] not in ("", bad)
    assert got.json()["id"].isalnum()


def test_a_fault_of_ours_tells_nothing_but_its_number(client: TestClient, log_lines: Any) -> None:
    response = client.get("/broken")
    assert response.status_code == 500
    assert response.json() == {
        "error": {
            "code": "INTERNAL",
            "message": "An internal error occurred.",
            "requestId": response.headers["x-request-id"],
        }
    }
    told = [line for line in log_lines() if line["level"] == "error"]
    assert SECRET in told[0]["exception"]
    assert told[0]["request_id"] == response.headers["x-request-id"]


def test_a_fault_of_ours_closes_a_socket(client: TestClient, log_lines: Any) -> None:
    with client.websocket_connect("/socket") as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_text()
    assert closed.value.code == 1011
    assert SECRET not in (closed.value.reason or "")


def test_the_access_line_names_path_and_status_but_no_query(client: TestClient, log_lines: Any) -> None:
    client.get("/fine/7?access_token=hush")
    line = next(line for line in log_lines() if line["event"] == "request")
    assert (line["method"], line["path"], line["status"], line["door"]) == ("GET", "/fine/7", 200, "gateway")
    assert "hush" not in json.dumps(line)


def test_figures_go_by_template_and_door(client: TestClient, metrics: Metrics) -> None:
    for path in ("/fine/1", "/fine/2", "/noted", "/broken", "/nowhere/1", "/nowhere/2"):
        client.get(path)
    client.request("BREW", "/fine/3")
    text = metrics.text().decode()
    for line in (
        'gatehouse_requests_total{door="gateway",method="GET",route="/fine/{id}",status="200"} 2.0',
        'gatehouse_requests_total{door="graphql",method="GET",route="/graphql",status="204"} 1.0',
        'gatehouse_requests_total{door="gateway",method="GET",route="/broken",status="500"} 1.0',
        'gatehouse_requests_total{door="gateway",method="GET",route="(unknown)",status="404"} 2.0',
        'gatehouse_requests_total{door="gateway",method="other",route="/fine/{id}",status="405"} 1.0',
    ):
        assert line in text
    assert "nowhere" not in text
