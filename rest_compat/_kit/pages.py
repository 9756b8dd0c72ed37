"""The documentation of every dialect over HTTP: an index at /docs, a page for each at /docs/<name>."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from rest_compat._kit.dialect import Dialect
from rest_compat._kit.docs_page import STYLE, docs_page
from rest_compat._kit.openapi import document


def docs_route(dialect: Dialect) -> Route:
    """/docs/<name>, which says where the dialect always stands: under its own prefix."""
    prefix = f"/{dialect.name}"
    page = docs_page(document(dialect, prefix), f"{prefix}/openapi.json")

    async def show(request: Request) -> Response:
        return HTMLResponse(page)

    return Route(f"/docs/{dialect.name}", show, name=f"docs:{dialect.name}")


def docs_routes(dialects: Sequence[Dialect]) -> list[BaseRoute]:
    """A page for each dialect, and the index that links them."""
    items = "".join(
        f'<li><a href="/docs/{escape(dialect.name)}">{escape(dialect.title)}</a></li>' for dialect in dialects
    )
    head = f'<meta charset="utf-8"><title>API reference</title><style>{STYLE}</style>'
    index = (
        f'<!doctype html><html lang="en"><head>{head}</head><body><h1>API reference</h1><ul>{items}</ul></body></html>'
    )

    async def show(request: Request) -> Response:
        return HTMLResponse(index)

    return [Route("/docs", show, name="docs"), *(docs_route(dialect) for dialect in dialects)]
