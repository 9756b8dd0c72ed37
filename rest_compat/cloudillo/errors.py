"""Domain error → Cloudillo's status, code and body: {"error": {"code", "message", "details"?}}. A total map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InsufficientBalance,
    InvalidInput,
    Locked,
    NotFound,
    QuotaExceeded,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from domain.files.update_file import FolderCycle
from domain.preferences.registry import UnknownPreference
from rest_compat._kit import Answer, Answers, Refusal
from rest_compat._kit.faults import (
    AuthenticationBroken,
    Broken,
    KeyReused,
    MissingField,
    NoSuchPath,
    UnreadableBody,
    WrongMethod,
)
from rest_compat.cloudillo.schemas.envelope import ErrorOut, Problem


class Gone(NotFound):
    """It was there and is no more."""


ERRORS: Mapping[type[DomainError], Answers] = {
    Unauthenticated: Answer(401, "The credential is missing, unknown, expired or of another tenant"),
    Forbidden: Answer(403, "The right is lacking"),
    NotFound: Answer(404, "It does not exist, or is not to be seen"),
    NoSuchPath: Answer(404, "There is no such path"),
    Gone: Answer(410, "It is there no more"),
    InvalidInput: Answer(400, "A value is wrong"),
    MissingField: Answer(400, "A value is missing"),
    UnreadableBody: Answer(400, "The body cannot be read"),
    WrongMethod: Answer(405, "The path has no such method"),
    Conflict: Answer(409, "It cannot be done in the present state"),
    Locked: Answer(409, "Somebody else holds it"),
    KeyReused: Answer(409, "The idempotency key came with another request, or is at work"),
    TooLarge: Answer(413, "It is too large"),
    RateLimited: Answer(429, "Too many requests"),
    QuotaExceeded: Answer(403, "The tenant's allowance is used up"),
    InsufficientBalance: Answer(402, "The tenant's credit does not cover it"),
    Unsupported: Answer(400, "This cannot be done here"),
    Unavailable: Answer(503, "Something we depend on does not answer"),
    AuthenticationBroken: Answer(500, "A fault of ours", message="An internal error occurred."),
    Broken: Answer(500, "A fault of ours", message="An internal error occurred."),
    DomainError: Answer(500, "A fault of ours", message="An internal error occurred."),
}

CODES: Mapping[type[DomainError], str] = {
    Unauthenticated: "E-AUTH-UNAUTH",
    Forbidden: "E-AUTH-NOPERM",
    NotFound: "E-CORE-NOTFOUND",
    Gone: "E-CORE-GONE",
    UnknownPreference: "E-SET-NOTFOUND",
    InvalidInput: "E-VAL-INVALID",
    FolderCycle: "E-FILE-CYCLEREJ",
    Unsupported: "E-VAL-INVALID",
    Conflict: "E-CORE-CONFLICT",
    TooLarge: "E-FILE-TOOLARGE",
    RateLimited: "E-RATE-LIMITED",
    QuotaExceeded: "E-CORE-LIMIT",
    InsufficientBalance: "E-CORE-LIMIT",
    Unavailable: "E-SYS-UNAVAIL",
    DomainError: "E-CORE-INTERNAL",
}
"""By the nearest kind in an error's ancestry; DomainError ends every ancestry."""


def error_body(refusal: Refusal) -> ErrorOut:
    """Nothing about our own faults but their code."""
    error = refusal.error
    details = _details(error) if refusal.status < 500 else {}
    return ErrorOut(error=Problem(code=code_of(error), message=_message(refusal), details=details or UNSET))


def code_of(error: DomainError) -> str:
    """The code that clients look at."""
    return next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)


def _message(refusal: Refusal) -> str:
    if isinstance(refusal.error, InvalidInput) and not isinstance(refusal.error, WrongMethod):
        return f"Request validation failed: {refusal.message}"
    return refusal.message


def _details(error: DomainError) -> dict[str, Any]:
    if isinstance(error, RateLimited):
        return {"level": "tenant", "retryAfter": max(1, math.ceil(error.retry_after_s))}
    return error.details
