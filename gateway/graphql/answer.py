"""What came of an operation, or of one event of it, ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from gateway.graphql.errors import formatted_errors


@dataclass(frozen=True, slots=True)
class Answer:
    """errors: ready to be sent. executed: whether there is data, or null where data would be."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] | None
    executed: bool

    @property
    def payload(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"errors": self.errors} if self.errors else {}
        return {**shown, "data": self.data} if self.executed else shown

    @property
    def first_code(self) -> str | None:
        return str(self.errors[0]["extensions"]["code"]) if self.errors else None


def refusal(errors: list[GraphQLError], request_id: str) -> Answer:
    """Nothing was run."""
    return Answer(None, formatted_errors(errors, request_id), executed=False)
