"""Answers as HTTP replies: status, content type and body, as the GraphQL-over-HTTP draft has them."""

from __future__ import annotations

import math
from typing import Any

import orjson
from starlette.responses import Response

from domain.errors import ERROR_KINDS
from gateway.graphql.accept import JSON, Accepted
from gateway.graphql.answer import Answer
from gateway.graphql.errors import GraphQLCode
from gateway.http.errors import STATUS

OF_THE_DOCUMENT = frozenset({GraphQLCode.UNREADABLE, GraphQLCode.INVALID, GraphQLCode.TOO_COMPLEX})
"""Refusals of a well-formed request; application/json says them with 200, as clients of old expect."""
STATUS_OF_CODE: dict[str, int] = {
    **{kind.code: STATUS[kind] for kind in ERROR_KINDS},
    GraphQLCode.UNREADABLE: 400,
    GraphQLCode.INVALID: 400,
    GraphQLCode.TOO_COMPLEX: 400,
    GraphQLCode.METHOD_NOT_ALLOWED: 405,
    GraphQLCode.NOT_ACCEPTABLE: 406,
    GraphQLCode.UNSUPPORTED_MEDIA_TYPE: 415,
    GraphQLCode.INTERNAL: 500,
}


def status_of(answer: Answer, media_type: str) -> int:
    """200 for everything that was executed, field errors included."""
    code = answer.first_code
    if answer.executed or code is None or (media_type == JSON and code in OF_THE_DOCUMENT):
        return 200
    return STATUS_OF_CODE[code]


def reply(answer: Answer, accepted: Accepted) -> Response:
    """The answer as JSON of the accepted type; of the plain one when none is."""
    media_type = accepted.json or JSON
    status = status_of(answer, media_type)
    content_type = f"{media_type}; charset=utf-8"
    return Response(orjson.dumps(answer.payload), status, _headers(answer, status), media_type=content_type)


def _headers(answer: Answer, status: int) -> dict[str, str]:
    headers = {"vary": "Accept", "cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status == 405:
        headers["allow"] = "POST"
    if status == 429:
        headers["retry-after"] = str(math.ceil(_detail(answer, "retryAfterS")))
    return headers


def _detail(answer: Answer, name: str) -> Any:
    assert answer.errors is not None
    return answer.errors[0]["extensions"]["details"][name]
