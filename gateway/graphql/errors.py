"""GraphQL errors: a code for every fault, what the client may know of it, and the request's id."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.utils.str_converters import to_camel_case

from domain.errors import DomainError

log = logging.getLogger(__name__)


class GraphQLCode(StrEnum):
    """Codes of the door itself, beside those of the domain's errors."""

    UNREADABLE = "GRAPHQL_PARSE_FAILED"
    """The document is not GraphQL, or has too many tokens."""
    INVALID = "GRAPHQL_VALIDATION_FAILED"
    """The document does not fit the schema, or a variable does not fit its type."""
    TOO_COMPLEX = "GRAPHQL_TOO_COMPLEX"
    """Too deep, too many renamed fields, or too costly."""
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    """Mutations are sent by POST."""
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    """Subscriptions are streamed: over WebSocket, or with Accept: text/event-stream."""
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    """The body is not application/json."""
    INTERNAL = "INTERNAL"
    """A fault of ours; requestId leads to it in the log."""


def fault(code: GraphQLCode, message: str, **details: Any) -> GraphQLError:
    """An error of the door."""
    return GraphQLError(message, extensions={"code": code.value, **({"details": details} if details else {})})


def domain_fault(error: DomainError) -> GraphQLError:
    """A domain error that ends the whole request."""
    return GraphQLError(error.message, original_error=error)


def fault_of(exc: BaseException) -> GraphQLError:
    """Whatever was raised, as an error that ends a whole stream; clients see what _formatted lets them."""
    return GraphQLError(str(exc), original_error=exc if isinstance(exc, Exception) else None)


def formatted_errors(errors: Iterable[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """As clients see them. What is neither ours nor theirs to know is masked, and logged with its cause."""
    return [_formatted(error, request_id) for error in errors]


def code_of(error: GraphQLError) -> str:
    """The code a client finds in extensions."""
    cause = _cause(error)
    if isinstance(cause, DomainError):
        return cause.code
    if cause is not None:
        return GraphQLCode.INTERNAL.value
    known = (error.extensions or {}).get("code")
    if known is not None:
        return str(known)
    return (GraphQLCode.UNREADABLE if isinstance(error, GraphQLSyntaxError) else GraphQLCode.INVALID).value


def _formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    code = code_of(error)
    shown: dict[str, Any] = {"message": error.message}
    if code == GraphQLCode.INTERNAL.value:
        log.error("internal error in GraphQL, request %s", request_id, exc_info=_cause(error))
        shown["message"] = "Something went wrong on our side."
    if error.locations:
        shown["locations"] = [place.formatted for place in error.locations]
    if error.path:
        shown["path"] = error.path
    shown["extensions"] = {"code": code, "requestId": request_id, **_details(error)}
    return shown


def _details(error: GraphQLError) -> dict[str, Any]:
    cause = _cause(error)
    details: Mapping[str, Any] | None
    if isinstance(cause, DomainError):
        details = cause.details
    else:
        details = (error.extensions or {}).get("details") if cause is None else None
    return {"details": {to_camel_case(name): _named(name, value) for name, value in details.items()}} if details else {}


def _named(name: str, value: Any) -> Any:
    """A field is named as clients know it."""
    return to_camel_case(value) if name == "field" and isinstance(value, str) else value


def _cause(error: GraphQLError) -> BaseException | None:
    """What was raised, below any number of wrappings by the executor."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
