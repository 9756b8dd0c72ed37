"""A call of any root field, with some value for every argument that it requires."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from gateway.graphql.engines import the_schema

SOME = {"Int": "1", "BigInt": "1", "Float": "1.5", "Boolean": "true"}


def call(root: str, field: str) -> str:
    """root: Query, Mutation or Subscription."""
    kind = the_schema()._schema.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    definition = kind.fields[field]
    given = ", ".join(f"{name}: {_value(one.type)}" for name, one in _required(definition.args).items())
    selection = "" if is_leaf_type(get_named_type(definition.type)) else " { __typename }"
    return f"{field}{f'({given})' if given else ''}{selection}"


def _required(arguments: dict[str, GraphQLArgument]) -> dict[str, GraphQLArgument]:
    return {name: one for name, one in arguments.items() if is_required_argument(one)}


def _value(kind: Any) -> str:
    if is_non_null_type(kind):
        return _value(kind.of_type)
    if is_list_type(kind):
        return f"[{_value(kind.of_type)}]"
    if isinstance(kind, GraphQLInputObjectType):
        needed = {name: one for name, one in kind.fields.items() if is_required_input_field(one)}
        return "{" + ", ".join(f"{name}: {_value(one.type)}" for name, one in needed.items()) + "}"
    return next(iter(kind.values)) if is_enum_type(kind) else SOME.get(kind.name, '"x"')
