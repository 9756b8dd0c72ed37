"""The descriptor: one line of text that names all variants of a file; its hash is the file's id."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Protocol

from domain.files.blobs import content_id

PREFIX = "d2,"


class Described(Protocol):
    """A variant, as a row or before it is one."""

    variant_class: str
    quality: str
    blob_id: str
    format: str
    size_bytes: int
    width: int | None
    height: int | None
    duration_s: float | None
    bitrate_kbps: int | None
    pages: int | None


def descriptor_of(variants: Iterable[Described], root: str | None = None) -> str:
    """`d2,` `R=<root>;` and the variants, smallest first. root: the public id of the file it is a part of."""
    ordered = sorted(variants, key=lambda each: (each.size_bytes, each.variant_class, each.quality))
    part = f"R={root};" if root else ""
    return PREFIX + part + ";".join(_line(variant) for variant in ordered)


def file_id_of(descriptor: str) -> str:
    """`f1~…`"""
    return content_id("f", sha256(descriptor.encode()).digest())


def _line(variant: Described) -> str:
    words = [f"{variant.variant_class}.{variant.quality}", variant.blob_id, f"f={variant.format}"]
    words.append(f"s={variant.size_bytes}")
    if variant.width and variant.height:
        words.append(f"r={variant.width}x{variant.height}")
    if variant.duration_s is not None:
        words.append(f"dur={variant.duration_s:g}")
    if variant.bitrate_kbps is not None:
        words.append(f"br={variant.bitrate_kbps}")
    if variant.pages is not None:
        words.append(f"pg={variant.pages}")
    return ":".join(words)
