"""Times as Cloudillo says and takes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from domain.errors import InvalidInput

MomentIn = Annotated[int | str, Meta(description="Unix seconds, or RFC 3339.")]
"""In bodies and queries."""


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch_s(moment: datetime) -> int:
    """Unix seconds, for the few places that want them."""
    return int(moment.timestamp())


def moment_of(value: int | str, field: str) -> datetime:
    """What was meant. InvalidInput: neither form."""
    try:
        if isinstance(value, int) or value.lstrip("-").isdecimal():
            return datetime.fromtimestamp(int(value), UTC)
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise InvalidInput(f"{field} must be Unix seconds or an RFC 3339 time.", field=field) from exc
