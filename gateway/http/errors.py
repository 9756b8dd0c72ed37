"""Errors in Gatehouse's own shape, for paths that belong to no dialect: {"error": {"code", "message", "requestId"}}."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

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

STATUS: dict[type[DomainError], int] = {
    InvalidInput: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Locked: 423,
    RateLimited: 429,
    QuotaExceeded: 403,
    InsufficientBalance: 402,
    TooLarge: 413,
    Unsupported: 501,
    Unavailable: 503,
}
"""Total over domain.errors.ERROR_KINDS; a test holds it so."""


def error_response(scope: Scope, status: int, code: str, message: str) -> Response:
    """One error of our own shape."""
    body = {"error": {"code": code, "message": message, "requestId": scope["state"]["request_id"]}}
    return JSONResponse(body, status)


def not_found(scope: Scope) -> Response:
    return error_response(scope, 404, NotFound.code, "There is nothing at this address.")


async def http_fault(request: Request, fault: Exception) -> Response:
    """What routing says (a wrong method), in our shape."""
    assert isinstance(fault, HTTPException)
    code = HTTPStatus(fault.status_code).name
    response = error_response(request.scope, fault.status_code, code, f"{fault.detail}.")
    response.headers.update(fault.headers or {})
    return response


def internal_error(scope: Scope) -> Response:
    """Nothing about the fault but the number under which the log tells of it."""
    return error_response(scope, 500, DomainError.code, "An internal error occurred.")
