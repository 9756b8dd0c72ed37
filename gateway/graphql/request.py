"""One GraphQL request, the same from every transport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """query: the document's text. operation_name: which of its operations, None for the only one."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None

    @classmethod
    def of(cls, params: Any) -> GraphQLRequest:
        """From the decoded JSON of a client. InvalidInput: not an object, or a parameter of a wrong type."""
        if isinstance(params, list):
            raise InvalidInput("Batches are not supported: send one operation per request.")
        if not isinstance(params, dict):
            raise InvalidInput("The body must be a JSON object.")
        query = params.get("query")
        if not isinstance(query, str) or not query.strip():
            raise InvalidInput("query must be a text and not empty.", field="query")
        return cls(
            query=query,
            variables=_optional(params, "variables", dict, "an object"),
            operation_name=_optional(params, "operationName", str, "a text"),
            extensions=_optional(params, "extensions", dict, "an object"),
        )


def _optional(params: dict[str, Any], name: str, kind: type[Any], said: str) -> Any:
    value = params.get(name)
    if value is not None and not isinstance(value, kind):
        raise InvalidInput(f"{name} must be {said} or null.", field=name)
    return value
