"""COVERAGE.md and the table in README.md are true (python -m tests.rest_compat.write_pages renews them)."""

from __future__ import annotations

import pytest

from domain.errors import NotFound
from rest_compat._kit.answers_table import answers_table
from rest_compat._kit.faults import MissingField
from rest_compat.skyport.answers import FLAVOURS
from rest_compat.skyport.routes import DIALECT
from tests.rest_compat.skyport.scenarios import SCENARIOS
from tests.rest_compat.write_pages import COVERAGE, README, skyport_coverage

PATHS = [(endpoint, path) for endpoint in DIALECT.endpoints for path in endpoint.paths]


def test_the_coverage_page_is_true() -> None:
    assert COVERAGE.read_text() == skyport_coverage()


def test_the_readmes_table_is_true() -> None:
    assert answers_table(DIALECT) in README.read_text()


def test_every_documented_endpoint_is_implemented_and_tested_in_every_flavour() -> None:
    assert "| no" not in COVERAGE.read_text()


@pytest.mark.parametrize(("endpoint", "path"), PATHS, ids=lambda value: str(getattr(value, "method", value)))
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_endpoint_has_a_scenario_of_every_kind(endpoint: object, path: str, flavour: str) -> None:
    from rest_compat._kit import Endpoint

    assert isinstance(endpoint, Endpoint)
    wanted = {"success"}
    if not endpoint.public:
        wanted |= {"missing key", "bad key"}
    if MissingField in endpoint.errors:
        wanted.add("bad input")
    if NotFound in endpoint.errors:
        wanted.add("not found")
    told = [s.shows for s in SCENARIOS if (s.method, s.path) == (endpoint.method, path) and flavour in s.flavours]
    assert {kind for kind in wanted if any(shows.startswith(kind) for shows in told)} == wanted
