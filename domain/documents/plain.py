"""A document's content as JSON and text."""

from __future__ import annotations

import base64
from typing import Any

from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText


def roots_of(doc: Doc[Any]) -> dict[str, Any]:
    """Name → JSON value of every root that holds something. Texts and XML come as text, binary values as base64.

    A peer does not say what type a root has, so it is told from what the root holds.
    """
    return {name: value for name in sorted(doc.keys()) if (value := _root(doc, name)) is not None}


def text_of(doc: Doc[Any], name: str) -> str:
    """The text of a root, empty when it holds none."""
    if name not in doc.keys():  # noqa: SIM118  a document is no mapping
        return ""
    return str(doc.get(name, type=Text)) or str(doc.get(name, type=XmlFragment))


def _root(doc: Doc[Any], name: str) -> Any:
    # In this order: a text read as an array gives its characters, an array read as a text gives nothing.
    if text := str(doc.get(name, type=Text)):
        return text
    if entries := doc.get(name, type=Map):
        return plain(entries)
    fragment = doc.get(name, type=XmlFragment)
    if list(fragment.children):
        return str(fragment)
    items = doc.get(name, type=Array)
    return plain(items) if len(items) else None


def plain(value: Any) -> Any:
    """A shared or plain value as JSON. JavaScript knows one kind of number: whole ones come as integers."""
    if isinstance(value, Map):
        return {key: plain(value[key]) for key in value.keys()}  # noqa: SIM118
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Array | list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Text | XmlText | XmlElement | XmlFragment):
        return str(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        return _number(value)
    return None if isinstance(value, Doc) else value


def _number(value: float) -> int | float | None:
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
