"""The GraphiQL explorer, for a browser that opens the endpoint."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response


def explorer(request: Request) -> Response:
    return HTMLResponse("<!doctype html><title>GraphiQL</title>")
