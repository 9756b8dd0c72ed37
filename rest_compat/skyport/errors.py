"""Domain error → Skyport's status and body: {"error": "…"}. A total map; endpoints have words of their own on top."""

from __future__ import annotations

from collections.abc import Mapping

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
from rest_compat.skyport.answers import NOT_NOW, numbers
from rest_compat.skyport.schemas.messages import ErrorOut

NO_MORE_TO_SAY = "No additional error info"


class KeyMissing(Unauthenticated):
    """The header x-api-key is absent or empty."""


class InvalidSearchType(InvalidInput):
    """getUser was asked for neither email nor username."""


ERRORS: Mapping[type[DomainError], Answers] = {
    KeyMissing: Answer(401, "The key is missing", message="API key is required"),
    Unauthenticated: Answer(401, "The key is unknown, expired or revoked", message="API Key Invalid"),
    InvalidInput: Answer(400, "A value is wrong"),
    MissingField: Answer(400, "A value is missing"),
    UnreadableBody: Answer(400, "The body cannot be read"),
    Forbidden: Answer(403, "The key may only read, or its user lacks the right"),
    NotFound: numbers(400, 404, "It does not exist"),
    NoSuchPath: Answer(404, "There is no such path"),
    WrongMethod: Answer(405, "The path has no such method"),
    Conflict: NOT_NOW,
    Locked: numbers(400, 409, "Somebody else holds it"),
    KeyReused: Answer(409, "The Idempotency-Key came with another request, or is at work"),
    TooLarge: Answer(413, "The body is too large"),
    RateLimited: Answer(429, "Too many requests", message="Too many requests, please try again later"),
    QuotaExceeded: numbers(400, 403, "The tenant's allowance is used up"),
    InsufficientBalance: numbers(400, 402, "The tenant's credit does not cover it"),
    Unsupported: Answer(400, "The node cannot do that"),
    Unavailable: Answer(500, "Something we depend on does not answer"),
    AuthenticationBroken: Answer(500, "The key could not be looked up", message="Failed to validate API key"),
    Broken: Answer(500, "A fault of ours", message="Internal Server Error"),
    DomainError: Answer(500, "A fault of ours", message="Internal Server Error"),
}


def error_body(refusal: Refusal) -> ErrorOut:
    """{"error"}; with our own faults also details, as the original's deploy gives them, and the request's id."""
    if refusal.status < 500:
        return ErrorOut(error=refusal.message)
    unavailable = isinstance(refusal.error, Unavailable)
    return ErrorOut(
        error=refusal.message,
        details=refusal.error.message if unavailable else NO_MORE_TO_SAY,
        request_id=refusal.request_id or UNSET,
    )
