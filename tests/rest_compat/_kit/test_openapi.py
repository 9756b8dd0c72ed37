"""The OpenAPI document and the pages made from it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from rest_compat._kit.docs_page import docs_page
from rest_compat._kit.openapi import document
from tests.rest_compat._kit.toy import TOY


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return document(TOY, "/toy")


def test_every_endpoint_is_in_it(openapi: dict[str, Any]) -> None:
    found = {(method.upper(), path) for path, methods in openapi["paths"].items() for method in methods}
    assert found == {(e.method, path) for e in TOY.endpoints for path in e.paths}


def test_words_come_from_the_docstring(openapi: dict[str, Any]) -> None:
    operation = openapi["paths"]["/notes"]["get"]
    assert (operation["summary"], operation["description"]) == ("Every note.", "The oldest first.")


def test_both_flavours_are_told_apart(openapi: dict[str, Any]) -> None:
    responses = openapi["paths"]["/notes"]["post"]["responses"]
    assert responses["200"]["description"] == "Kept (flavour old)"
    assert responses["201"]["content"]["application/json"]["examples"]["example1"]["value"] == {"text": "kept"}
    assert "Taken" in responses["400"]["description"]


def test_only_refusals_that_can_happen_are_named(openapi: dict[str, Any]) -> None:
    assert set(openapi["paths"]["/notes"]["get"]["responses"]) == {"200", "401"}
    assert set(openapi["paths"]["/search"]["get"]["responses"]) == {"200"}
    assert set(openapi["paths"]["/notes"]["post"]["responses"]) == {"200", "201", "400", "401", "413", "429"}


def test_parameters_come_from_path_query_and_method(openapi: dict[str, Any]) -> None:
    assert openapi["paths"]["/notes/{name}"]["get"]["parameters"][0]["in"] == "path"
    query = {p["name"]: p["required"] for p in openapi["paths"]["/search"]["get"]["parameters"]}
    assert query == {"text": True, "first": False}
    assert openapi["paths"]["/notes"]["post"]["parameters"][0]["name"] == "Idempotency-Key"
    assert openapi["paths"]["/search"]["get"]["security"] == []


def test_old_paths_are_marked(openapi: dict[str, Any]) -> None:
    old = openapi["paths"]["/old/notes"]["post"]
    assert old["deprecated"] is True
    assert old["operationId"] != openapi["paths"]["/notes"]["post"]["operationId"]


class Links(HTMLParser):
    """Collects ids, links, and whatever would be fetched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: set[str] = set()
        self.fetched: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids.add(values.get("id") or "")
        if tag == "a":
            self.targets.add(values.get("href") or "")
        if tag == "link" or "src" in values:
            self.fetched.append(tag)


def test_the_page_shows_everything_and_fetches_nothing(openapi: dict[str, Any]) -> None:
    page = docs_page(openapi, "/toy/openapi.json")
    links = Links(page)
    assert links.fetched == []
    assert "/toy/openapi.json" in links.targets
    assert {target[1:] for target in links.targets if target.startswith("#")} <= links.ids
    assert "Keeps &lt;notes&gt;." in page
    for path in openapi["paths"]:
        assert path in page
