"""What an endpoint can answer: the one table from which replies, OpenAPI and the README's table are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One documented outcome.

    meaning: one line for the documentation. shape: the body's type. exact: the whole body where it never varies.
    message: a refusal's exact words; None: those of the error itself. media: what the body is, when it is no JSON.
    """

    status: int
    meaning: str = ""
    shape: Any = None
    exact: Any = None
    message: str | None = None
    media: str = "application/json"


Answers = Answer | Mapping[str, Answer]
"""One answer for all, or one per flavour of the dialect."""


def pick(answers: Answers, flavour: str) -> Answer:
    """The answer in one flavour."""
    return answers if isinstance(answers, Answer) else answers[flavour]


@dataclass(frozen=True, slots=True)
class Told:
    """What a handler returns when the payload comes with another status than usual, or with headers of its own."""

    payload: Any
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """Ready to be sent, and to be kept for an Idempotency-Key."""

    status: int
    body: bytes
    headers: Mapping[str, str]
