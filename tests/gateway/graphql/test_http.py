"""GraphQL over HTTP beyond the audits: statuses, headers, bodies."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from gateway.graphql.accept import GRAPHQL_JSON, JSON
from gateway.graphql.guard import OPEN_TO_ALL
from tests.gateway.graphql.calls import call
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.test_accept import URQL
from tests.gateway.graphql.test_schema import MUTATIONS, QUERIES

VIEWER = "{ viewer { user { username } } }"


async def send(replica: Replica, method: str = "POST", **options: Any) -> httpx2.Response:
    async with httpx2.AsyncClient() as client:
        return await client.request(method, replica.url, **options)


def code(response: httpx2.Response) -> str:
    text: str = response.json()["errors"][0]["extensions"]["code"]
    return text


@pytest.mark.parametrize(
    ("options", "status", "wanted"),
    [
        ({"json": [{"query": "{ __typename }"}]}, 400, "INVALID_INPUT"),
        ({"json": "text"}, 400, "INVALID_INPUT"),
        ({"json": {}}, 400, "INVALID_INPUT"),
        ({"json": {"query": " "}}, 400, "INVALID_INPUT"),
        ({"content": b"{", "headers": {"content-type": JSON}}, 400, "INVALID_INPUT"),
        ({"content": b'"\xff"', "headers": {"content-type": JSON}}, 400, "INVALID_INPUT"),
        ({"content": b"[" * 5000, "headers": {"content-type": JSON}}, 400, "INVALID_INPUT"),
        (
            {"content": b"query={a}", "headers": {"content-type": "application/x-www-form-urlencoded"}},
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (
            {"content": b"{}", "headers": {"content-type": "application/json; charset=latin-1"}},
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        ({"content": b" " * (2 << 20), "headers": {"content-type": JSON}}, 413, "TOO_LARGE"),
        ({"json": {"query": "{ __typename }"}, "headers": {"accept": "image/png"}}, 406, "NOT_ACCEPTABLE"),
        ({"json": {"query": "subscription { instancesChanged { id } }"}}, 401, "UNAUTHENTICATED"),
    ],
)
async def test_a_request_that_cannot_be_read_is_told_why(
    replica: Replica, options: dict[str, Any], status: int, wanted: str
) -> None:
    response = await send(replica, **options)
    assert (response.status_code, code(response)) == (status, wanted)
    assert "data" not in response.json()
    assert response.json()["errors"][0]["extensions"]["requestId"] == response.headers["x-request-id"]
    assert response.headers["content-type"].startswith(JSON)


async def test_a_body_of_unknown_length_is_bounded_too(replica: Replica) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b" " * (1 << 16)

    response = await send(replica, content=chunks(), headers={"content-type": JSON})
    assert response.status_code == 413


async def test_the_explicit_type_says_refusals_with_a_status(replica: Replica, people: People) -> None:
    for query, status in (("{", 400), ("{ nonsense }", 400), (VIEWER, 401), ("{ a" + "b" * 9 + " }", 400)):
        strict = await send(replica, json={"query": query}, headers={"accept": GRAPHQL_JSON})
        assert (strict.status_code, strict.headers["content-type"]) == (status, f"{GRAPHQL_JSON}; charset=utf-8")
        assert "data" not in strict.json()
        lenient = await send(replica, json={"query": query})
        assert lenient.status_code == (401 if status == 401 else 200)


async def test_field_errors_are_200_and_partial(replica: Replica, people: People) -> None:
    asked = {"query": '{ serverInfo { name } instance(id: "nonsense") { id } }'}
    bearer = {"authorization": f"Bearer {people.anna.token}", "accept": GRAPHQL_JSON}
    response = await send(replica, json=asked, headers=bearer)
    assert response.status_code == 200
    assert response.json()["data"] == {"serverInfo": {"name": "Gatehouse"}, "instance": None}
    assert code(response) == "NOT_FOUND"
    assert response.json()["errors"][0]["path"] == ["instance"]
    assert response.json()["errors"][0]["locations"] == [{"line": 1, "column": 23}]


async def test_answers_are_never_cached_and_vary(replica: Replica) -> None:
    response = await send(replica, json={"query": "{ __typename }"})
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept"


async def test_queries_may_come_by_get(replica: Replica, people: People) -> None:
    params = {
        "query": "query A($n: Int!) { instances(first: $n) { totalCount } } query B { __typename }",
        "variables": '{"n": 3}',
        "operationName": "A",
        "extensions": "{}",
    }
    bearer = {"authorization": f"Bearer {people.anna.token}"}
    response = await send(replica, "GET", params=params, headers=bearer)
    assert response.json() == {"data": {"instances": {"totalCount": 0}}}
    bad = await send(replica, "GET", params={**params, "variables": "{"}, headers=bearer)
    assert (bad.status_code, code(bad)) == (400, "INVALID_INPUT")
    nothing = await send(replica, "GET")
    assert (nothing.status_code, code(nothing)) == (400, "INVALID_INPUT")


async def test_mutations_do_not_come_by_get(replica: Replica, people: People) -> None:
    for accept in (JSON, GRAPHQL_JSON):
        headers = {"authorization": f"Bearer {people.anna.token}", "accept": accept}
        response = await send(replica, "GET", params={"query": "mutation { signOut }"}, headers=headers)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_nor_by_head(replica: Replica, people: People) -> None:
    made = 'mutation { createApiKey(input: { name: "by head" }) { key } }'
    bearer = {"authorization": f"Bearer {people.anna.token}"}
    response = await send(replica, "HEAD", params={"query": made}, headers=bearer)
    assert (response.status_code, response.content) == (405, b"")
    listed = await replica.ask("{ apiKeys { nodes { name } } }", token=people.anna.token)
    assert "by head" not in str(listed)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(replica: Replica, method: str) -> None:
    assert (await send(replica, method)).status_code == 405


@pytest.mark.parametrize(
    ("header", "reason"),
    [("Bearer nonsense", "unknown"), ("Bearer a.b.c", "unknown"), ("Basic eDp5", "unknown"), ("Bearer", "unknown")],
)
async def test_a_bad_credential_is_401_even_for_what_is_open(replica: Replica, header: str, reason: str) -> None:
    response = await send(replica, json={"query": "{ __typename }"}, headers={"authorization": header})
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["details"] == {"reason": reason}
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "query", ["{ __typename }", "{ serverInfo { version } }", "{ __schema { queryType { name } } }"]
)
async def test_what_is_open_to_all(replica: Replica, query: str) -> None:
    assert (await send(replica, json={"query": query})).status_code == 200


async def test_everything_else_needs_a_credential(replica: Replica) -> None:
    queries = [f"{{ ...F }} fragment F on Query {{ x: {call('Query', name)} }}" for name in QUERIES - OPEN_TO_ALL]
    mutations = [f"mutation {{ {call('Mutation', name)} }}" for name in MUTATIONS - OPEN_TO_ALL]
    assert len(queries) + len(mutations) > 30
    for query in queries + mutations:
        response = await send(replica, json={"query": query})
        assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED"), query


async def test_an_accept_header_that_lists_streams_too_gets_json(replica: Replica, people: People) -> None:
    """urql sends this; stock strawberry answers it with a stream."""
    response = await send(replica, json={"query": "{ __typename }"}, headers={"accept": URQL})
    assert response.headers["content-type"].startswith(GRAPHQL_JSON)
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_subscription_wants_a_stream(replica: Replica, people: People) -> None:
    headers = {"authorization": f"Bearer {people.anna.token}", "accept": JSON}
    response = await send(replica, json={"query": "subscription { instancesChanged { id } }"}, headers=headers)
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")
