"""What a file is: its class by content type, and what its first bytes say."""

from __future__ import annotations

from enum import StrEnum

OCTETS = "application/octet-stream"
HEAD_BYTES = 256 * 1024
"""How much of the beginning is enough to recognise it and to read an image's size."""


class MediaClass(StrEnum):
    """As in descriptors."""

    VISUAL = "vis"
    VIDEO = "vid"
    AUDIO = "aud"
    DOCUMENT = "doc"
    RAW = "raw"


DECODABLE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/tiff", "image/bmp"})
"""Images of which variants can be made. Their bytes must begin as the type demands."""

_SIGNS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
_BRANDS = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic"}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_FORMATS = {
    "image/svg+xml": "svg", "audio/mpeg": "mp3", "application/gzip": "gz", "text/plain": "txt",
    "application/octet-stream": "bin", "video/quicktime": "mov", "text/markdown": "md",
}  # fmt: skip


def sniff(head: bytes) -> str | None:
    """The content type that the first bytes speak for; None when they say nothing."""
    for sign, content_type in _SIGNS:
        if head.startswith(sign):
            return content_type
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "audio/mpeg"
    return None


def settled_type(declared: str | None, head: bytes) -> str:
    """The content type to keep: the declared one, unless there is none or it lies.

    A raster image whose bytes are no such image counts by its bytes, or as mere octets: a browser that guesses would
    find a page in it.
    """
    plain = bare_type(declared)
    seen = sniff(head)
    if declared is None or plain in ("", OCTETS):
        return seen or OCTETS
    if plain in DECODABLE and seen != plain:
        return seen if seen in DECODABLE else OCTETS
    return declared


def bare_type(content_type: str | None) -> str:
    """Without parameters, in small letters."""
    return (content_type or "").partition(";")[0].strip().lower()


def class_of(content_type: str) -> MediaClass:
    plain = bare_type(content_type)
    if plain == "application/pdf":
        return MediaClass.DOCUMENT
    kinds = {"image": MediaClass.VISUAL, "video": MediaClass.VIDEO, "audio": MediaClass.AUDIO}
    return kinds.get(plain.partition("/")[0], MediaClass.RAW)


def format_of(content_type: str) -> str:
    """A short word for a descriptor: jpeg, webp, pdf, bin …"""
    plain = bare_type(content_type)
    word = _FORMATS.get(plain) or plain.partition("/")[2].removeprefix("x-").partition("+")[0]
    return "".join(letter for letter in word if letter.isalnum())[:16] or "bin"
