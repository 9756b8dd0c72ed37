"""Every documented outcome of an endpoint, flattened out of the dialect's table for the pages made from it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from domain.errors import DomainError, Forbidden, InvalidInput, RateLimited, TooLarge, Unauthenticated
from rest_compat._kit.answer import Answer, Answers
from rest_compat._kit.dialect import Dialect, Endpoint, Refusal
from rest_compat._kit.faults import KeyReused, UnreadableBody

EXAMPLE_REQUEST_ID = "4bf92f3577b3"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row: what happens, its answer in each flavour. error None: success."""

    error: type[DomainError] | None
    by_flavour: Mapping[str, Answer]

    @property
    def first(self) -> Answer:
        return next(iter(self.by_flavour.values()))


def outcomes_of(dialect: Dialect, endpoint: Endpoint) -> Iterator[Outcome]:
    """Success, then the endpoint's own refusals, then those that the dialect shows everywhere."""
    yield _outcome(dialect, None, endpoint.success)
    yield from own_refusals(dialect, endpoint)
    for error in dialect.faults:
        if error not in endpoint.errors and _can_meet(dialect, endpoint, error):
            yield _outcome(dialect, error, dialect.errors[error])


def own_refusals(dialect: Dialect, endpoint: Endpoint) -> Iterator[Outcome]:
    """Those in the endpoint's own words; kinds that are said alike count once."""
    said: list[Answers] = []
    for error, answers in endpoint.errors.items():
        if answers not in said:
            said.append(answers)
            yield _outcome(dialect, error, answers)


def general_refusals(dialect: Dialect) -> Iterator[Outcome]:
    """Those in the dialect's words."""
    said: list[Answers] = []
    for error, answers in dialect.errors.items():
        if answers not in said:
            said.append(answers)
            yield _outcome(dialect, error, answers)


def body_of(dialect: Dialect, answer: Answer) -> Any:
    """The whole body as plain JSON values where it is known beforehand, else None."""
    if answer.exact is not None:
        return _plain(dialect, answer.exact)
    if answer.message is None:
        return None
    error = DomainError(answer.message)
    return _plain(dialect, dialect.error_body(Refusal(answer.status, answer.message, error, EXAMPLE_REQUEST_ID)))


def shape_of(dialect: Dialect, outcome: Outcome, answer: Answer) -> Any:
    """The type of the body."""
    if outcome.error is not None:
        return dialect.error_shape
    return answer.shape if answer.exact is None else type(answer.exact)


def told(endpoint: Endpoint) -> tuple[str, str]:
    """(one line, the rest) of the handler's docstring, without its METHOD /path."""
    text = inspect.getdoc(endpoint.handler) or ""
    head, _, rest = text.partition("\n\n")
    line = " ".join(head.split()).partition(": ")[2]
    return line[:1].upper() + line[1:], " ".join(rest.split())


def _can_meet(dialect: Dialect, endpoint: Endpoint, error: type[DomainError]) -> bool:
    """Whether this endpoint can fail so at all."""
    if issubclass(error, Unauthenticated | Forbidden):
        return not endpoint.public
    if issubclass(error, UnreadableBody | TooLarge):
        return endpoint.body is not None or endpoint.streams
    if issubclass(error, InvalidInput):
        return endpoint.body is not None or endpoint.query is not None
    if issubclass(error, KeyReused):
        return endpoint.method == "POST" and not (endpoint.public or endpoint.streams)
    return endpoint.method in dialect.counted if issubclass(error, RateLimited) else True


def _outcome(dialect: Dialect, error: type[DomainError] | None, answers: Answers) -> Outcome:
    if isinstance(answers, Answer):
        return Outcome(error, dict.fromkeys(dialect.flavours, answers))
    return Outcome(error, {flavour: answers[flavour] for flavour in dialect.flavours})


def _plain(dialect: Dialect, body: object) -> Any:
    return msgspec.json.decode(dialect.encode(body))
