"""Variables of a deploy: an object, or the JSON text of one, or the panel's own empty list."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.errors import InvalidInput

Variables = dict[str, Any] | list[Any] | str | None


def parse_variables(given: Variables) -> dict[str, str]:
    """Environment by name. InvalidInput: neither of the forms, or a value that is itself a list or an object."""
    values = _decoded(given) if isinstance(given, str) else given
    if not values:
        return {}
    if not isinstance(values, dict):
        raise InvalidInput("variables must be an object, or the JSON text of one.", field="variables")
    return {name: _text(name, value) for name, value in values.items() if value is not None}


def _decoded(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput("variables is not valid JSON.", field="variables") from exc


def _text(name: str, value: Any) -> str:
    """As JavaScript would write it into KEY=value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise InvalidInput(f"variables: {name[:40]!r} must be a text or a number.", field="variables")
