"""Around every request: its id, one line in the log, its figures, and an answer even to our own faults."""

from __future__ import annotations

import re
import time
from random import getrandbits

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from gateway.http.errors import internal_error
from realtime.close_codes import CloseCode

HEADER = "x-request-id"
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
log = structlog.get_logger("gatehouse.access")


class Observe:
    """Pure ASGI. Puts request_id into scope["state"]; doors may add door and route there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        # The server runs each request in a context of its own, so nothing needs to be unbound.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        await _Observed(self.app, scope, receive, send).run()


class _Observed:
    """One request on its way."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._status = 0
        self._started = time.perf_counter()
        self._begun_after_s = 0.0
        self._streams = False

    async def run(self) -> None:
        try:
            await self._app(self._scope, self._receive, self._noting)
        except Exception:
            log.exception("a request failed unexpectedly", method=self._method, path=self._scope["path"])
            await self._apologize()
        finally:
            self._report()

    @property
    def _method(self) -> str:
        return "WEBSOCKET" if self._scope["type"] == "websocket" else str(self._scope["method"])

    async def _noting(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self._status = message["status"]
            self._begun_after_s = time.perf_counter() - self._started
            headers = MutableHeaders(scope=message)
            headers[HEADER] = self._scope["state"]["request_id"]
            self._streams = headers.get("content-type", "").startswith("text/event-stream")
        elif message["type"] == "websocket.accept":
            self._status = 101
            message = {**message, "headers": [*message.get("headers", ()), self._header]}
        elif message["type"] == "websocket.close" and self._status != 101:
            self._status = 403
        await self._send(message)

    @property
    def _header(self) -> tuple[bytes, bytes]:
        return HEADER.encode(), self._scope["state"]["request_id"].encode()

    async def _apologize(self) -> None:
        if self._scope["type"] == "websocket":
            await WebSocketClose(CloseCode.INTERNAL)(self._scope, self._receive, self._noting)
        elif self._status == 0:
            await internal_error(self._scope)(self._scope, self._receive, self._noting)

    def _report(self) -> None:
        seconds = time.perf_counter() - self._started
        door, route = whereto(self._scope)
        if self._scope["type"] == "http":
            # How long somebody watches says nothing about how quick we are.
            latency_s = self._begun_after_s if self._streams else seconds
            self._scope["app"].state.house.metrics.count_request(door, route, self._method, self._status, latency_s)
        if route in QUIET_ROUTES:
            return
        client = self._scope.get("client")
        log.info(
            "request",
            method=self._method,
            path=self._scope["path"],
            status=self._status,
            door=door,
            ms=round(seconds * 1000, 1),
            client=client[0] if client else None,
        )


def whereto(scope: Scope) -> tuple[str, str]:
    """The door and the route's template: what the door noted, else what routing found; few values, never the path."""
    noted = scope["state"]
    endpoint, route = scope.get("endpoint"), scope.get("route")
    dialect = getattr(endpoint, "dialect", None)
    door = noted.get("door") or (dialect.name if dialect is not None else "gateway")
    template = noted.get("route") or getattr(endpoint, "path", None) or (route.path if isinstance(route, Route) else "")
    return str(door), str(template) or "(unknown)"


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(HEADER, "")
    return given if ACCEPTABLE.fullmatch(given) else f"{getrandbits(128):032x}"
