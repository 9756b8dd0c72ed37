"""The Accept header, read properly."""

from __future__ import annotations

import pytest

from gateway.graphql.accept import GRAPHQL_JSON, JSON, Accepted

URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("header", "json", "streams"),
    [
        (None, JSON, False),
        ("", JSON, False),
        ("*/*", JSON, False),
        ("application/*", JSON, False),
        ("application/json", JSON, False),
        ("application/json; charset=utf-8", JSON, False),
        ("APPLICATION/JSON", JSON, False),
        (GRAPHQL_JSON, GRAPHQL_JSON, False),
        (f"{GRAPHQL_JSON}, {JSON}", GRAPHQL_JSON, False),
        (f"{JSON}, {GRAPHQL_JSON}", JSON, False),
        (f"{JSON};q=0.5, {GRAPHQL_JSON}", GRAPHQL_JSON, False),
        (f"{GRAPHQL_JSON};q=0.1, {JSON};q=0.2", JSON, False),
        (f"{GRAPHQL_JSON}, */*", GRAPHQL_JSON, False),
        (f"{GRAPHQL_JSON};q=0.9, */*;q=0.1", GRAPHQL_JSON, False),
        (f"{JSON};q=0, */*", GRAPHQL_JSON, False),
        (URQL, GRAPHQL_JSON, True),
        ("text/event-stream", None, True),
        ("text/event-stream;q=0", None, False),
        ("text/event-stream, application/json", JSON, True),
        (BROWSER, JSON, False),
        ("text/html", None, False),
        ("image/png", None, False),
        ("application/json;q=nonsense", None, False),
    ],
)
def test_what_is_accepted(header: str | None, json: str | None, streams: bool) -> None:
    accepted = Accepted.of(header)
    assert (accepted.json, accepted.event_stream) == (json, streams)


def test_only_who_takes_nothing_else_gets_queries_as_streams() -> None:
    assert Accepted.of("text/event-stream").only_streams
    assert not Accepted.of(URQL).only_streams
    assert not Accepted.of("image/png").only_streams


def test_a_browser_names_html() -> None:
    assert Accepted.of(BROWSER).html
    assert not Accepted.of("*/*").html
    assert not Accepted.of("text/html;q=0, */*").html
