"""The GraphQL multipart request: an operation whose variables hold files, one after the other in the same body.

The specification is github.com/jaydenseric/graphql-multipart-request-spec, version 2. Files are set aside on disk as
they come (small ones in memory), so that operations may read them in any order.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson
from starlette.requests import ClientDisconnect, Request

from domain.errors import Forbidden, InvalidInput, TooLarge
from gateway.graphql.caller import CSRF_HEADER
from gateway.graphql.form_parts import PartBegins, PartData, PartEnds, boundary_of, pieces_of
from gateway.graphql.request import GraphQLRequest
from gateway.graphql.settings import GraphQLSettings

MULTIPART = "multipart/form-data"
TEXTS = frozenset({"operations", "map"})
IN_MEMORY_BYTES = 256 * 1024
READ_BYTES = 256 * 1024


@dataclass(slots=True)
class IncomingFile:
    """A file of a request. name, content_type: as the client said. It is there until the request is answered."""

    name: str
    content_type: str | None
    content: IO[bytes]
    size_bytes: int = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of it, from the start."""
        await asyncio.to_thread(self.content.seek, 0)
        while chunk := await asyncio.to_thread(self.content.read, READ_BYTES):
            yield chunk


@dataclass(slots=True)
class Form:
    """What came. digest: of everything that makes the request what it is."""

    texts: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, IncomingFile] = field(default_factory=dict)
    digest: Any = field(default_factory=hashlib.sha256)


def is_multipart(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0]
    return request.method == "POST" and kind.strip().lower() == MULTIPART


async def read_form(request: Request, settings: GraphQLSettings, held: AsyncExitStack) -> tuple[GraphQLRequest, bytes]:
    """The operation with its files in place, and what tells this request from another. held: lets go of the files.

    Forbidden: without our header, as a page of anybody's can send forms. InvalidInput, TooLarge.
    """
    if CSRF_HEADER not in request.headers:
        raise Forbidden(f"With multipart/form-data, send the header {CSRF_HEADER}.", header=CSRF_HEADER)
    reading = _Reading(settings, held)
    boundary = boundary_of(request.headers["content-type"])
    try:
        async for piece in pieces_of(request.stream(), boundary):
            await reading.take(piece)
    except ClientDisconnect as exc:
        raise InvalidInput("The body ended too early.") from exc
    form = reading.form
    operations = _json(form, "operations")
    _put_in_place(operations, _json(form, "map"), form.files)
    return GraphQLRequest.of(operations), form.digest.digest()


class _Reading:
    """Sorts the pieces of a form."""

    def __init__(self, settings: GraphQLSettings, held: AsyncExitStack) -> None:
        self.form = Form()
        self._settings = settings
        self._held = held
        self._name = ""
        self._file: IncomingFile | None = None
        self._size = 0

    async def take(self, piece: PartBegins | PartData | PartEnds) -> None:
        if isinstance(piece, PartBegins):
            self._begin(piece)
        elif isinstance(piece, PartData):
            self.form.digest.update(piece.data)
            if self._file is None:
                self._add_text(piece.data)
            else:
                await self._add_bytes(self._file, piece.data)

    def _begin(self, part: PartBegins) -> None:
        self._name, self._file = part.name, None
        self.form.digest.update(f"\n{part.name}\n{part.filename}\n{part.content_type}\n".encode())
        if part.name in self.form.texts or part.name in self.form.files:
            raise InvalidInput("A form must not have two fields of one name.", field=part.name[:60])
        if part.filename is None:
            if part.name not in TEXTS:
                raise InvalidInput("A form has operations, map and files, and nothing beside.", field=part.name[:60])
            self.form.texts[part.name] = b""
            return
        if "operations" not in self.form.texts or "map" not in self.form.texts:
            raise InvalidInput("operations and map come before the files.")
        if len(self.form.files) >= self._settings.max_upload_files:
            most = self._settings.max_upload_files
            raise TooLarge(f"A request may have at most {most} files.", limit=most)
        spooled = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  closed with what holds it
        content = self._held.enter_context(spooled)
        self._file = self.form.files[part.name] = IncomingFile(part.filename, part.content_type, content)

    def _add_text(self, data: bytes) -> None:
        text = self.form.texts[self._name] = self.form.texts[self._name] + data
        if len(text) > self._settings.max_body_bytes:
            limit = self._settings.max_body_bytes
            raise TooLarge(f"operations and map may have at most {limit} bytes each.", limit=limit)

    async def _add_bytes(self, file: IncomingFile, data: bytes) -> None:
        file.size_bytes += len(data)
        self._size += len(data)
        limit = self._settings.max_upload_bytes
        if self._size > limit:
            raise TooLarge(f"The files of a request may have at most {limit} bytes.", limit=limit)
        await asyncio.to_thread(file.content.write, data)


def _json(form: Form, name: str) -> dict[str, Any]:
    try:
        value = orjson.loads(form.texts[name])
    except KeyError as exc:
        raise InvalidInput(f"The form has no {name}.", field=name) from exc
    except orjson.JSONDecodeError as exc:
        raise InvalidInput(f"{name} is not valid JSON.", field=name) from exc
    if isinstance(value, list):
        raise InvalidInput("Batches are not supported: send one operation per request.")
    if not isinstance(value, dict):
        raise InvalidInput(f"{name} must be a JSON object.", field=name)
    return value


def _put_in_place(operations: dict[str, Any], places: dict[str, Any], files: dict[str, IncomingFile]) -> None:
    """InvalidInput: a file without a place, a place without a file, or one where something else stands."""
    if places.keys() != files.keys():
        raise InvalidInput("map must name the files of the form, and no others.", field="map")
    for name, paths in places.items():
        if not isinstance(paths, list) or not paths:
            raise InvalidInput("map must say for each file where it belongs.", field="map")
        for path in paths:
            _put(operations, path, files[name])


def _put(operations: dict[str, Any], path: Any, file: IncomingFile) -> None:
    steps = path.split(".") if isinstance(path, str) else []
    if len(steps) < 2 or steps[0] != "variables":
        raise InvalidInput("A file belongs to a variable.", field="map")
    holder: Any = operations
    try:
        for step in steps[:-1]:
            holder = holder[_key(holder, step)]
        last = _key(holder, steps[-1])
        if holder[last] is not None:
            raise InvalidInput("Where a file belongs, variables must have null.", field="map")
        holder[last] = file
    except (KeyError, IndexError, TypeError, ValueError) as exc:
        raise InvalidInput("map names a place that variables do not have.", field="map") from exc


def _key(holder: Any, step: str) -> str | int:
    if isinstance(holder, list):
        return int(step)
    if not isinstance(holder, dict):
        raise TypeError("neither an object nor a list")
    return step
