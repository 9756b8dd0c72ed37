"""What value a preference may hold, and how it lies in the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from domain.errors import InvalidInput
from domain.preferences.registry import PreferenceKind, ValueKind
from domain.text import can_be_kept

LARGEST_BYTES = 64 * 1024
LARGEST_INT = 2**31 - 1


def check_value(kind: PreferenceKind, value: Any) -> Any:
    """InvalidInput: of another type, outside the range or choices, too large."""
    _check_type(kind, value)
    if kind.value is ValueKind.INT and not kind.minimum <= value <= LARGEST_INT:
        raise InvalidInput(f"{kind.key} must be at least {kind.minimum}.", field="value")
    if kind.choices and value not in kind.choices:
        raise InvalidInput(f"{kind.key} is one of {', '.join(kind.choices)}.", field="value")
    if not can_be_kept(value) or _size_bytes(value) > LARGEST_BYTES:
        raise InvalidInput("This value cannot be kept.", field="value", limit=LARGEST_BYTES)
    return value


def _check_type(kind: PreferenceKind, value: Any) -> None:
    fits = {
        ValueKind.BOOL: isinstance(value, bool),
        ValueKind.INT: isinstance(value, int) and not isinstance(value, bool),
        ValueKind.TEXT: isinstance(value, str),
        ValueKind.ANY: True,
    }[kind.value]
    if not fits:
        raise InvalidInput(f"{kind.key} holds a {kind.value.value}.", field="value")


def _size_bytes(value: Any) -> int:
    try:
        return len(orjson.dumps(value))
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidInput("This value is no JSON.", field="value") from exc


def owner_key(tenant_id: UUID | None) -> str:
    """Preference.owner_key: the tenant's id, or "" for the platform."""
    return str(tenant_id) if tenant_id else ""
