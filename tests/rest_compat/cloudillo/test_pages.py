"""COVERAGE.md, the table in README.md and the OpenAPI document are true."""

from __future__ import annotations

import re

import httpx2
import pytest
from jsonschema import Draft202012Validator

from domain.errors import ERROR_KINDS, DomainError, RateLimited
from domain.files.update_file import FolderCycle
from rest_compat._kit.answers_table import answers_table
from rest_compat._kit.faults import KIT_FAULTS, MissingField
from rest_compat._kit.openapi import document
from rest_compat.cloudillo.errors import CODES, ERRORS, Gone, code_of
from rest_compat.cloudillo.routes import DIALECT
from tests.rest_compat.cloudillo.documented import LATER
from tests.rest_compat.cloudillo.samples import SAMPLES, Sample
from tests.rest_compat.cloudillo.town import Town, bearer
from tests.rest_compat.write_pages import CLOUDILLO_COVERAGE, CLOUDILLO_README, cloudillo_coverage

DOCUMENT = document(DIALECT, "/cloudillo")


def test_the_coverage_page_is_true() -> None:
    assert CLOUDILLO_COVERAGE.read_text() == cloudillo_coverage()


def test_the_readmes_table_is_true() -> None:
    assert answers_table(DIALECT) in CLOUDILLO_README.read_text()


def test_every_endpoint_of_sign_in_and_files_is_implemented_and_tested() -> None:
    missing = [line for line in CLOUDILLO_COVERAGE.read_text().splitlines() if "| no" in line]
    assert [line for line in missing if not line.split()[2].startswith(LATER)] == []


@pytest.mark.parametrize("kind", [*ERROR_KINDS, *KIT_FAULTS, DomainError], ids=lambda kind: kind.__name__)
def test_every_kind_of_error_has_an_answer_and_a_code(kind: type[DomainError]) -> None:
    assert any(one in ERRORS for one in kind.__mro__[:-3] or (kind,))
    assert CODES[next(one for one in kind.__mro__ if one in CODES)].startswith("E-")


def test_the_nearest_kind_gives_the_code() -> None:
    errors = (FolderCycle("x"), Gone("x"), MissingField(["x"]), RateLimited("x", 1.0))
    assert [code_of(error) for error in errors] == [
        "E-FILE-CYCLEREJ",
        "E-CORE-GONE",
        "E-VAL-INVALID",
        "E-RATE-LIMITED",
    ]


@pytest.mark.parametrize("sample", [one for one in SAMPLES if not one.raw], ids=str)
async def test_every_reply_is_described(sample: Sample, street: httpx2.AsyncClient, town: Town) -> None:
    headers = bearer(town.token()) if sample.signed else {}
    response = await sample.run(street, await sample.prepare(street, town), headers)
    described = DOCUMENT["paths"][sample.path][sample.method.lower()]["responses"]
    success = next(status for status in described if status.startswith("2"))
    schema = described[success]["content"]["application/json"]["schema"]
    Draft202012Validator({"components": DOCUMENT["components"], **schema}).validate(response.json())
    refused = await street.get("/api/tags")
    schema = DOCUMENT["paths"]["/api/tags"]["get"]["responses"]["401"]["content"]["application/json"]["schema"]
    Draft202012Validator({"components": DOCUMENT["components"], **schema}).validate(refused.json())


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_shapes_have_names_for_people() -> None:
    """However they are nested, without modules; every reference leads somewhere."""
    schemas = DOCUMENT["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*", name)] == []
    assert {"Envelope_list_ApiKeyOut", "ListEnvelope_list_FileOut", "Envelope_LoginOut_None"} <= set(schemas)
    assert set(re.findall(r"#/components/schemas/([^'\"]+)", repr(DOCUMENT))) <= set(schemas)
