"""Depth, renamed fields and cost of an operation."""

from __future__ import annotations

import pytest
from graphql import OperationDefinitionNode, parse

from gateway.graphql.engines import the_schema
from gateway.graphql.measure import ASSUMED_LIST_SIZE, Measured, measure


def measured(text: str) -> Measured:
    document = parse(text)
    operation = next(part for part in document.definitions if isinstance(part, OperationDefinitionNode))
    return measure(the_schema()._schema, document, operation)


def test_a_page_costs_its_size_times_what_is_asked_of_each() -> None:
    assert measured("{ instances(first: 10) { nodes { id name } } }").cost(None) == 1 + 10 * (1 + 2)


def test_a_page_of_no_said_size_counts_with_the_default() -> None:
    assert measured("{ instances { nodes { id } } }").cost(None) == 1 + 50 * 2


def test_edges_are_not_multiplied_twice() -> None:
    assert measured("{ instances(first: 10) { edges { node { id } } } }").cost(None) == 1 + 10 * 3


@pytest.mark.parametrize(
    ("text", "variables", "size"),
    [
        ("query($n: Int!) { nodes(first: $n) { nodes { id } } }", {"n": 7}, 7),
        ("query($n: Int! = 9) { nodes(first: $n) { nodes { id } } }", {}, 9),
        ("query($n: Int! = 9) { nodes(first: $n) { nodes { id } } }", {"n": 3}, 3),
        ("query($n: Int!) { nodes(first: $n) { nodes { id } } }", {}, 50),
        ("query($n: Int!) { nodes(first: $n) { nodes { id } } }", {"n": -5}, 0),
    ],
)
def test_the_size_may_be_a_variable(text: str, variables: dict[str, int], size: int) -> None:
    assert measured(text).cost(variables) == 1 + size * 2


def test_lists_without_a_size_are_assumed_to_be_short() -> None:
    one = measured("{ instances(first: 1) { nodes { ports { hostPort } } } }").cost(None)
    assert one == 1 + 1 * (1 + (1 + ASSUMED_LIST_SIZE))


def test_nested_lists_multiply() -> None:
    text = "{ tenants(first: 20) { nodes { members(first: 30) { nodes { role } } } } }"
    assert measured(text).cost(None) == 1 + 20 * (1 + 11 + 30 * 2)


def test_dear_fields_cost_more() -> None:
    assert measured('mutation { runCommand(id: "1", argv: ["ls"]) { exitCode } }').cost(None) == 101 + 1


def test_fragments_count_where_they_are_spread() -> None:
    plain = measured("{ a: instances(first: 2) { nodes { id name } } b: instances(first: 3) { nodes { id name } } }")
    spread = measured(
        "{ a: instances(first: 2) { ...C } b: instances(first: 3) { ...C } }"
        " fragment C on InstanceConnection { nodes { ... on Instance { id name } } }"
    )
    assert spread.cost(None) == plain.cost(None)
    assert spread.depth == plain.depth == 3
    assert spread.aliases == plain.aliases == 2


def test_fragments_folded_into_fragments_are_measured_in_no_time() -> None:
    """Spread out, this document would have 2**60 fields."""
    folds = "".join(f" fragment F{n} on Instance {{ ...F{n + 1} x{n}: name ...F{n + 1} }}" for n in range(60))
    huge = measured(f"{{ instances(first: 1) {{ nodes {{ ...F0 }} }} }}{folds} fragment F60 on Instance {{ name }}")
    assert huge.cost(None) > 2**60
    assert huge.aliases > 2**59


def test_depth_counts_fields() -> None:
    assert measured("{ __typename }").depth == 0
    assert measured("{ serverInfo { version } }").depth == 2


def test_introspection_is_free() -> None:
    assert measured("{ __schema { types { fields { name type { name } } } } }").cost(None) == 0


def test_root_fields_are_seen_through_fragments_and_new_names() -> None:
    rest = "fragment R on Query { viewer { scopes } }"
    text = f"{{ x: serverInfo {{ version }} ...R ... on Query {{ nodes {{ totalCount }} }} }} {rest}"
    assert measured(text).root_fields == {"serverInfo", "viewer", "nodes"}
