"""The one order of JSON values, said as bytes: comparing the bytes compares the values, here and in the database.

Values of different kinds compare as their JSON texts do: texts before numbers, then lists, false, null, true, mappings.
Within a kind: numbers by size (1 and 1.0 are one), texts by code point, lists and mappings by their JSON text.
What is missing comes before everything.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

import orjson

MISSING_KEY: Final = b"\x00"
PRESENT_LOW: Final = b"\x01"
"""Below every value that is there."""
_TEXT, _NUMBER, _LIST, _FALSE, _NULL, _TRUE, _MAPPING = (bytes([tag]) for tag in range(0x10, 0x80, 0x10))
_EXACT = 1 << 53
_SIGN = 1 << 63


def order_key(value: Any) -> bytes:
    """The place of a JSON value in the order. Equal values, and only those, have equal keys."""
    if isinstance(value, str):
        return _TEXT + value.encode()
    if value is True:
        return _TRUE
    if value is False:
        return _FALSE
    if isinstance(value, int | float):
        return _NUMBER + _number(value)
    if value is None:
        return _NULL
    return (_MAPPING if isinstance(value, Mapping) else _LIST) + canonical_json(value)


def field_key(document: Mapping[str, Any], field: str) -> bytes:
    """The same for a document's field, which may be missing."""
    return order_key(document[field]) if field in document else MISSING_KEY


def canonical_json(value: Any) -> bytes:
    """One text for equal values: keys sorted, whole numbers without a fraction."""
    return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _number(value: int | float) -> bytes:
    """The nearest double, made comparable as bytes, then how far an integer is from it (integers beyond 2^53)."""
    near = float(value) + 0.0
    bits: int = struct.unpack(">Q", struct.pack(">d", near))[0]
    ordered = bits ^ (2 * _SIGN - 1) if bits & _SIGN else bits | _SIGN
    beyond = value - int(near) if isinstance(value, int) else 0
    return struct.pack(">QH", ordered, beyond + 0x8000)
