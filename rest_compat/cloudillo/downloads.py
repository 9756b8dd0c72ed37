"""A variant's bytes as a response: whole or a part, cached for ever where the address says it all, and harmless."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.files.content import Content
from domain.media.kinds import bare_type
from domain.models.file import Visibility
from rest_compat.cloudillo.ranges import Part, Unsatisfiable, is_known, part_of
from rest_compat.cloudillo.schemas.envelope import ErrorOut, Problem

A_YEAR_S = 31_536_000
SEALED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""What a page or picture from a stranger may do in our origin: show itself."""

_SHOWN = frozenset({"application/pdf", "application/json", "text/plain", "text/csv", "text/markdown", "image/svg+xml"})
_SHOWN_KINDS = frozenset({"image", "audio", "video", "font"})


async def send_content(request: Request, content: Content) -> Response:
    """200, 206, 304 or 416. Errors of the storage are raised before anything is sent."""
    etag = f'"{content.etag}"'
    headers = _headers(content, etag)
    if is_known(request.headers, etag):
        return Response(status_code=304, headers=headers)
    try:
        part = part_of(request.headers, etag, content.size_bytes) if request.method == "GET" else None
    except Unsatisfiable:
        return _unsatisfiable(content.size_bytes)
    wanted = part or Part(0, content.size_bytes)
    headers["Content-Length"] = str(wanted.end - wanted.start)
    headers["Content-Type"] = _type_of(content)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{content.size_bytes}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    chunks = content.read(wanted.start, wanted.end)
    first = await anext(chunks, b"")
    return StreamingResponse(_all(first, chunks), status, headers)


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async with aclosing(rest):  # type: ignore[type-var]
        yield first
        async for chunk in rest:
            yield chunk


def _headers(content: Content, etag: str) -> dict[str, str]:
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": _caching(content),
        "X-Content-Type-Options": "nosniff",
        "X-Cloudillo-Variant": content.variant.blob_id,
    }
    if content.file.descriptor:
        headers["X-Cloudillo-Variants"] = content.file.descriptor
    plain = bare_type(content.content_type)
    if plain == "image/svg+xml" or not _is_shown(plain):
        headers["Content-Security-Policy"] = SEALED
    if not _is_shown(plain):
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(content.file.name, safe='')}"
    return headers


def _type_of(content: Content) -> str:
    """Browsers take what follows a comma for another type (image/x;a=b,text/html is a page to them), and recorders name
    their codecs that way: such parameters stay behind."""
    return bare_type(content.content_type) if "," in content.content_type else content.content_type


def _is_shown(plain: str) -> bool:
    """Whether a browser may show it in place; everything else is saved. XML of any name can hold scripts."""
    if plain in _SHOWN:
        return True
    kind, _, name = plain.partition("/")
    return kind in _SHOWN_KINDS and not name.endswith("xml")


def _caching(content: Content) -> str:
    """Only what everybody may read is for caches that many share; what may still change is asked for each time."""
    if not content.is_fixed:
        return "private, no-cache"
    audience = "public" if content.file.visibility is Visibility.PUBLIC and not content.is_shy else "private"
    return f"{audience}, max-age={A_YEAR_S}, immutable"


def _unsatisfiable(size_bytes: int) -> Response:
    problem = Problem(code="E-VAL-INVALID", message="There are no such bytes.", details={"size": size_bytes})
    return Response(
        msgspec.json.encode(ErrorOut(error=problem)),
        416,
        {"Content-Range": f"bytes */{size_bytes}", "Accept-Ranges": "bytes", "Cache-Control": "no-store"},
        "application/json",
    )
