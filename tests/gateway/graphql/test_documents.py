"""Checked documents: kept, chosen from, refused."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError

from gateway.graphql.documents import Documents, Prepared
from gateway.graphql.engines import the_schema
from gateway.graphql.errors import code_of
from gateway.graphql.request import GraphQLRequest
from gateway.graphql.settings import GraphQLSettings


def documents(**settings: Any) -> Documents:
    return Documents(the_schema()._schema, GraphQLSettings(**settings))


def prepared(given: Documents, query: str, **request: Any) -> Prepared:
    found = given.prepare(GraphQLRequest(query, **request))
    assert isinstance(found, Prepared), found
    return found


def refused(given: Documents, query: str, **request: Any) -> GraphQLError:
    found = given.prepare(GraphQLRequest(query, **request))
    assert isinstance(found, list)
    return found[0]


def test_a_document_is_checked_once() -> None:
    given = documents()
    one = prepared(given, "{ serverInfo { version } }")
    two = prepared(given, "{ serverInfo { version } }")
    assert given.checks == 1
    assert one.document is two.document


def test_limits_do_not_defeat_the_cache() -> None:
    """The trap: a rule made per request makes every document look new."""
    given = documents(max_depth=9, max_aliases=9, max_tokens=900, max_cost=900, introspection=False)
    for size in range(20):
        prepared(given, "query($n: Int!) { instances(first: $n) { nodes { id } } }", variables={"n": size})
    assert given.checks == 1


def test_a_bad_document_is_checked_once_too() -> None:
    given = documents()
    for _ in range(3):
        assert code_of(refused(given, "{ nonsense }")) == "GRAPHQL_VALIDATION_FAILED"
    assert given.checks == 1


def test_only_so_many_are_kept_the_least_used_goes_first() -> None:
    given = documents(cached_documents=2)
    for query in ("{ a: __typename }", "{ b: __typename }", "{ a: __typename }", "{ c: __typename }"):
        prepared(given, query)
    assert given.checks == 3
    prepared(given, "{ a: __typename }")
    assert given.checks == 3
    prepared(given, "{ b: __typename }")
    assert given.checks == 4


def test_very_long_documents_are_not_kept() -> None:
    given = documents(max_tokens=100)
    long = "{ __typename }" + " " * 70_000
    prepared(given, long)
    prepared(given, long)
    assert given.checks == 2


def test_the_operation_is_chosen_by_name() -> None:
    given = documents()
    text = "query A { serverInfo { version } } mutation B { signOut }"
    assert prepared(given, text, operation_name="B").is_mutation
    assert not prepared(given, text, operation_name="A").is_mutation
    assert code_of(refused(given, text)) == "GRAPHQL_VALIDATION_FAILED"
    assert code_of(refused(given, text, operation_name="C")) == "GRAPHQL_VALIDATION_FAILED"
    assert code_of(refused(given, "query A { __typename }", operation_name="C")) == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("settings", "query", "code"),
    [
        ({}, "{", "GRAPHQL_PARSE_FAILED"),
        ({}, "{ " * 5000, "GRAPHQL_PARSE_FAILED"),
        ({}, "{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ({}, "fragment F on Query { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ({"max_tokens": 10}, "{ a: __typename b: __typename c: __typename }", "GRAPHQL_PARSE_FAILED"),
        ({"max_depth": 2}, "{ instances { nodes { id } } }", "GRAPHQL_TOO_COMPLEX"),
        ({"max_aliases": 1}, "{ a: __typename b: serverInfo { v: version } }", "GRAPHQL_TOO_COMPLEX"),
        ({"max_cost": 100}, "{ instances { nodes { id } } }", "GRAPHQL_TOO_COMPLEX"),
        ({"introspection": False}, "{ __schema { types { name } } }", "GRAPHQL_VALIDATION_FAILED"),
        ({}, "subscription { a: instancesChanged { id } b: instancesChanged { id } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_run_is_refused(settings: dict[str, Any], query: str, code: str) -> None:
    assert code_of(refused(documents(**settings), query)) == code


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{ instance(id: "a\\u0000b") { id } }', None),
        ("query($f: InstanceFilter) { instances(filter: $f) { totalCount } }", {"f": {"nameContains": "a\x00b"}}),
        ("query($f: InstanceFilter) { instances(filter: $f) { totalCount } }", {"f": {"states": ["\x00"]}}),
    ],
)
def test_nul_is_refused_wherever_it_hides(query: str, variables: dict[str, Any] | None) -> None:
    error = refused(documents(), query, variables=variables)
    assert error.message == "Texts must not contain NUL characters."


def test_who_may_not_see_the_schema_is_given_no_hints_either() -> None:
    assert "Did you mean" in refused(documents(), "{ serverInf { version } }").message
    assert "Did you mean" not in refused(documents(introspection=False), "{ serverInf { version } }").message


def test_typename_is_no_introspection() -> None:
    prepared(documents(introspection=False), "{ __typename serverInfo { __typename } }")


def test_the_cost_of_a_kept_document_follows_its_variables() -> None:
    given = documents(max_cost=100)
    text = "query($n: Int!) { instances(first: $n) { nodes { id } } }"
    prepared(given, text, variables={"n": 10})
    error = refused(given, text, variables={"n": 100})
    assert error.extensions == {"code": "GRAPHQL_TOO_COMPLEX", "details": {"cost": 201, "limit": 100}}
    assert given.checks == 1


def test_nesting_that_would_exhaust_the_stack_is_refused() -> None:
    deep = "{ a" * 1500 + "}" * 1500
    assert code_of(refused(documents(max_tokens=100_000), deep)) == "GRAPHQL_PARSE_FAILED"
