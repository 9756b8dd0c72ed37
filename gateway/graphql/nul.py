"""No NUL characters: not every database we run on can store one, so no text may hold it."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, StringValueNode, ValidationRule

NUL = "\x00"


class NoNulRule(ValidationRule):
    """Refuses them in the texts of a document."""

    def enter_string_value(self, node: StringValueNode, *_args: Any) -> None:
        if NUL in node.value:
            self.report_error(GraphQLError("Texts must not contain NUL characters.", node))


def has_nul(value: Any) -> bool:
    """Whether one is anywhere in variables."""
    if isinstance(value, str):
        return NUL in value
    if isinstance(value, dict):
        return any(has_nul(name) or has_nul(inner) for name, inner in value.items())
    return isinstance(value, list) and any(map(has_nul, value))
