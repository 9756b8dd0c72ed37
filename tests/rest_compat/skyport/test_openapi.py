"""The OpenAPI document is true: every scenario's reply is one it describes."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from rest_compat._kit.openapi import document
from rest_compat.skyport.routes import DIALECT
from tests.rest_compat.skyport.documented import DOCUMENTED
from tests.rest_compat.skyport.scenario import Scenario
from tests.rest_compat.skyport.scenarios import SCENARIOS
from tests.rest_compat.skyport.test_scenarios import RUNS
from tests.rest_compat.skyport.world import World

DOCUMENT = document(DIALECT, "/skyport")


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """References point into the whole document."""
    return Draft202012Validator({"components": DOCUMENT["components"], **schema})


@pytest.mark.parametrize(("scenario", "flavour"), RUNS, ids=[f"{s} [{f}]" for s, f in RUNS])
async def test_every_reply_is_described(
    scenario: Scenario, flavour: str, nobody: httpx2.AsyncClient, world: World
) -> None:
    response = await scenario.run(nobody, world, flavour)
    described = DOCUMENT["paths"][scenario.path][scenario.method.lower()]["responses"]
    schema = described[str(response.status_code)]["content"]["application/json"]["schema"]
    validator(schema).validate(response.json())


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_documented_endpoint_is_in_it() -> None:
    found = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert found == {(row.method, row.path) for row in DOCUMENTED}


def test_every_operation_has_its_own_id_and_words() -> None:
    operations = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] for operation in operations)


@pytest.mark.parametrize("endpoint", DIALECT.endpoints, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_a_handlers_docstring_begins_with_its_endpoint(endpoint: Any) -> None:
    assert endpoint.handler.__doc__.startswith(f"{endpoint.method} {endpoint.path}: ")


def test_a_good_body_fits_its_schema() -> None:
    for scenario in SCENARIOS:
        operation = DOCUMENT["paths"][scenario.path][scenario.method.lower()]
        if scenario.shows.startswith("success") and isinstance(scenario.send, dict) and "requestBody" in operation:
            validator(operation["requestBody"]["content"]["application/json"]["schema"]).validate(scenario.send)


async def test_it_is_served_to_anybody(nobody: httpx2.AsyncClient) -> None:
    assert (await nobody.get("/skyport/openapi.json")).json() == DOCUMENT


async def test_the_page_is_served_to_anybody(nobody: httpx2.AsyncClient) -> None:
    page = await nobody.get("/docs/skyport")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "/api/instances/deploy" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "/docs/skyport" in (await nobody.get("/docs")).text
