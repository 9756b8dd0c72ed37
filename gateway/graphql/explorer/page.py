"""The explorer's page and its files. Scripts run only from here, or, unbuilt, from where the files are linked."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from gateway.graphql.explorer.assets import ASSETS, FOLDER, NETWORK, Asset, are_built
from gateway.http.errors import not_found

OWN_SCRIPT = Path(__file__).with_name("explorer.js")
OWN_STYLE = Path(__file__).with_name("explorer.css")
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
UNBUILT = (
    "This server was built without the explorer's own files (run <code>make assets</code> where Node.js is present). "
    f'They are loaded from <a href="{NETWORK}">{NETWORK}</a> instead.'
)


def explorer(request: Request) -> Response:
    """The page."""
    built = are_built()
    headers = {"content-security-policy": _policy(built), "cache-control": "no-store", "vary": "Accept"}
    return HTMLResponse(_page(request.url.path.rstrip("/"), built), headers=headers)


async def explorer_file(request: Request) -> Response:
    """GET /graphql/explorer/{name}"""
    name = request.path_params["name"]
    for own in (OWN_SCRIPT, OWN_STYLE):
        if name == own.name:
            return FileResponse(own, headers={"cache-control": "no-cache"})
    if name in {asset.name for asset in ASSETS} and (FOLDER / name).is_file():
        return FileResponse(FOLDER / name, headers=FOR_EVER)
    return not_found(request.scope)


def _policy(built: bool) -> str:
    elsewhere = "" if built else f" {NETWORK}"
    return (
        f"default-src 'none'; script-src 'self'{elsewhere}; style-src 'self' 'unsafe-inline'{elsewhere}; "
        "connect-src 'self' ws: wss:; img-src 'self' data:; font-src 'self' data:; "
        "worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _page(path: str, built: bool) -> str:
    here = f"{escape(path)}/explorer"
    notice = "" if built else f'<p id="notice">{UNBUILT}</p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gatehouse GraphQL</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">{_tags(here, built)}'
        f'<link rel="stylesheet" href="{here}/{OWN_STYLE.name}"></head><body>{notice}'
        f'<div id="explorer" data-url="{escape(path)}">Loading…</div>'
        f'<script src="{here}/{OWN_SCRIPT.name}"></script></body></html>'
    )


def _tags(here: str, built: bool) -> str:
    return "".join(_tag(asset, f"{here}/{asset.name}" if built else asset.remote_url) for asset in ASSETS)


def _tag(asset: Asset, url: str) -> str:
    checked = f'integrity="{asset.integrity}" crossorigin="anonymous"'
    if asset.is_style:
        return f'<link rel="stylesheet" href="{url}" {checked}>'
    return f'<script src="{url}" {checked}></script>'
