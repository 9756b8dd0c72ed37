"""The small bodies."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType


class ErrorOut(Struct, kw_only=True, rename="camel"):
    """Every refusal. details and requestId come with our own faults (status 500)."""

    error: str
    details: str | UnsetType = UNSET
    request_id: Annotated[str | UnsetType, Meta(description="To be named when asking for help.")] = UNSET


class MessageOut(Struct, kw_only=True):
    """What was done."""

    message: str


class CapitalMessageOut(Struct, kw_only=True):
    """What was done, as node endpoints say it."""

    Message: str


class SuccessOut(Struct, kw_only=True):
    """What was done, as suspend and unsuspend say it."""

    success: str


class NameOut(Struct, kw_only=True):
    """The panel's name."""

    name: str
