"""multipart/form-data (RFC 7578), taken apart as it comes in: a file passes through in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message

from domain.errors import InvalidInput

LONGEST_HEAD = 8 * 1024
LONGEST_BOUNDARY = 70


@dataclass(frozen=True, slots=True)
class PartBegins:
    """name: of the field. filename: None for a plain field."""

    name: str
    filename: str | None
    content_type: str | None


@dataclass(frozen=True, slots=True)
class PartData:
    """Some of the bytes of the part that began last."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part is complete."""


Piece = PartBegins | PartData | PartEnds


def boundary_of(content_type: str) -> bytes:
    """InvalidInput: the header names none that can be."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not 1 <= len(boundary) <= LONGEST_BOUNDARY or not boundary.isascii():
        raise InvalidInput("multipart/form-data needs a boundary.")
    return boundary.encode()


async def pieces_of(chunks: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[Piece]:
    """What a body consists of, in order. InvalidInput: it is no form, or ends too early."""
    mark = b"\r\n--" + boundary
    buffer, in_part = bytearray(b"\r\n"), False
    async for chunk in chunks:
        buffer += chunk
        while (at := buffer.find(mark)) >= 0 and len(buffer) >= at + len(mark) + 2:
            after = at + len(mark)
            is_last = buffer[after : after + 2] == b"--"
            end = buffer.find(b"\r\n\r\n", after)
            if end < 0 and not is_last:
                if len(buffer) - after > LONGEST_HEAD:
                    raise InvalidInput("The head of a part is too long.")
                break
            if in_part:
                if at:
                    yield PartData(bytes(buffer[:at]))
                yield PartEnds()
            if is_last:
                return
            yield _begun(bytes(buffer[after:end]))
            del buffer[: end + 4]
            in_part = True
        if at < 0 and len(buffer) >= len(mark):
            keep = len(mark) - 1
            if in_part:
                yield PartData(bytes(buffer[:-keep]))
            del buffer[:-keep]
    raise InvalidInput("The body ended too early.")


def _begun(head: bytes) -> PartBegins:
    message = Message()
    for line in head.split(b"\r\n"):
        field, _, value = line.partition(b":")
        if field.strip():
            message[_text(field).strip()] = _text(value).strip()
    name = message.get_param("name", header="content-disposition")
    filename = message.get_param("filename", header="content-disposition")
    if not isinstance(name, str):
        raise InvalidInput("A part of the form has no name.")
    return PartBegins(name, filename if isinstance(filename, str) else None, message.get("content-type"))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        raise InvalidInput("The head of a part is not UTF-8.") from exc
