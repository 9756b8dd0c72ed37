"""The table flavour × status × exact body of a dialect's README, made from the endpoints' answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args, get_origin

from rest_compat._kit.answer import Answer
from rest_compat._kit.dialect import Dialect, Endpoint
from rest_compat._kit.outcomes import Outcome, body_of, general_refusals, outcomes_of, own_refusals

BEGIN = "<!-- answers: made from the endpoint table; a test holds it true -->"
END = "<!-- /answers -->"


def answers_table(dialect: Dialect) -> str:
    """Markdown: a row for every endpoint and outcome, a column for every flavour."""
    columns = ["Endpoint", "Outcome", *(f"`{flavour}`" for flavour in dialect.flavours), "Body"]
    lines = [_line(columns), _line(["---"] * len(columns))]
    for endpoint in dialect.endpoints:
        lines += [_line(cells) for cells in _rows(dialect, endpoint)]
    lines += [_line(cells) for cells in _everywhere(dialect)]
    return "\n".join([BEGIN, *lines, END])


def _rows(dialect: Dialect, endpoint: Endpoint) -> Iterator[list[str]]:
    success = next(outcomes_of(dialect, endpoint))
    yield [f"{endpoint.method} {endpoint.path}", *_cells(dialect, success)]
    yield from (["", *_cells(dialect, outcome)] for outcome in own_refusals(dialect, endpoint))


def _everywhere(dialect: Dialect) -> Iterator[list[str]]:
    name = "every endpoint"
    for outcome in general_refusals(dialect):
        yield [name, *_cells(dialect, outcome)]
        name = ""


def _cells(dialect: Dialect, outcome: Outcome) -> list[str]:
    statuses = [str(outcome.by_flavour[flavour].status) for flavour in dialect.flavours]
    bodies = dict.fromkeys(_body(dialect, outcome, answer) for answer in outcome.by_flavour.values())
    return [outcome.first.meaning, *statuses, " / ".join(bodies)]


def _body(dialect: Dialect, outcome: Outcome, answer: Answer) -> str:
    exact = body_of(dialect, answer)
    if exact is not None:
        return f"`{json.dumps(exact, ensure_ascii=False)}`"
    return "the error's own words" if outcome.error is not None else _named(answer.shape)


def _named(shape: Any) -> str:
    """An envelope is named by what is in it."""
    inner = get_args(shape)
    if inner:
        return f"list of {_named(inner[0])}" if get_origin(shape) is list else " or ".join(map(_named, inner))
    return "null" if shape is NoneType else str(getattr(shape, "__name__", shape))


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
