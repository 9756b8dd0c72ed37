"""A walk over every endpoint: the envelope, no null where it must be absent, void results, and every refusal's form."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from rest_compat._kit import Answer, Endpoint
from rest_compat.cloudillo.routes import DIALECT
from rest_compat.cloudillo.schemas.envelope import Envelope
from tests.rest_compat.cloudillo.samples import SAMPLES, Sample
from tests.rest_compat.cloudillo.town import BOB, Town, bearer

BY_KEY = {(endpoint.method, endpoint.path): endpoint for endpoint in DIALECT.endpoints}
SAMPLE_OF = {(sample.method, sample.path): sample for sample in SAMPLES}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NULLABLE = frozenset({"visibility", "dim", "onboarding", "webAuthn", "value", "nextCursor"})
"""Where clients' decoders want null, or do with it."""
WALK = pytest.mark.parametrize("sample", SAMPLES, ids=str)


def endpoint_of(sample: Sample) -> Endpoint:
    return BY_KEY[sample.method, sample.path]


def nulls_in(value: Any, where: str = "data") -> list[str]:
    """Where a value is null that should be absent."""
    if isinstance(value, dict):
        inner = [(name, one) for name, one in value.items()]
        found = [f"{where}.{name}" for name, one in inner if one is None and name not in NULLABLE]
        return found + [text for name, one in inner for text in nulls_in(one, f"{where}.{name}")]
    if isinstance(value, list):
        return [text for place, one in enumerate(value) for text in nulls_in(one, f"{where}[{place}]")]
    return []


def assert_refused(response: httpx2.Response, status: int, code: str) -> None:
    """The whole form of a refusal."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "details"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert "no-store" in response.headers["cache-control"]


def test_every_endpoint_has_a_sample_and_every_sample_an_endpoint() -> None:
    assert set(SAMPLE_OF) == set(BY_KEY)
    assert len(SAMPLES) == len(SAMPLE_OF)


@WALK
async def test_success_has_the_envelope(sample: Sample, street: httpx2.AsyncClient, town: Town) -> None:
    prepared = await sample.prepare(street, town)
    headers = bearer(town.token()) if sample.signed else {}
    response = await sample.run(street, prepared, headers)
    success = endpoint_of(sample).success
    assert isinstance(success, Answer)
    assert response.status_code in (success.status, 200), response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    if sample.raw:
        return
    body = response.json()
    assert set(body) <= {"data", "time", "reqId", "pagination", "cursorPagination"}
    assert MOMENT.fullmatch(body["time"])
    assert body["reqId"] == "a-request-id"
    assert nulls_in(body["data"]) == []
    if success.shape == Envelope[None]:
        assert body["data"] is None
    else:
        assert body["data"] not in (None, {})


@WALK
async def test_who_must_sign_in_and_has_not_is_told_so(sample: Sample, street: httpx2.AsyncClient, town: Town) -> None:
    endpoint = endpoint_of(sample)
    if endpoint.public or endpoint.guests:
        response = await sample.run(street, await sample.prepare(street, town), {})
        assert response.status_code != 403
        return
    for headers in ({}, bearer("nonsense"), bearer("a.b.c"), bearer("cl_wrong"), {"authorization": "Basic eDp5"}):
        assert_refused(await sample.run(street, _filled(town), headers), 401, "E-AUTH-UNAUTH")


@WALK
async def test_the_token_of_another_tenant_opens_nothing(
    sample: Sample, street: httpx2.AsyncClient, town: Town
) -> None:
    endpoint = endpoint_of(sample)
    if endpoint.public or endpoint.forgiving:
        return
    response = await sample.run(street, _filled(town), bearer(town.token("bob", BOB)))
    assert_refused(response, 401, "E-AUTH-UNAUTH")


@WALK
async def test_a_body_that_cannot_be_read_is_refused(sample: Sample, street: httpx2.AsyncClient, town: Town) -> None:
    endpoint = endpoint_of(sample)
    if endpoint.body is None:
        return
    path = sample.path.format(**_filled(town).filled(dict(sample.at)))
    for content in (b"{", b"[1]", b'"x"', b"\xff\xfe", b'{"a":' * 2000):
        headers = {**bearer(town.token()), "content-type": "application/json"}
        response = await street.request(sample.method, path, content=content, headers=headers)
        assert_refused(response, 400, "E-VAL-INVALID")
        assert response.json()["error"]["message"].startswith("Request validation failed: ")


@WALK
async def test_what_does_not_exist_is_not_found(sample: Sample, street: httpx2.AsyncClient, town: Town) -> None:
    named = {name: value for name, value in sample.at.items() if value.startswith("{")}
    if not named:
        return
    prepared = await sample.prepare(street, town)
    nothing = {**prepared.values, **{value[1:-1]: "000000000000000000000000" for value in named.values()}}
    headers = bearer(town.token()) if sample.signed else {}
    response = await sample.run(street, Town(town.tenants, town.people, town.tokens, nothing), headers)
    assert_refused(response, 404, "E-CORE-NOTFOUND")


def _filled(town: Town) -> Town:
    """Values for what other requests would have to make first."""
    nothing = dict.fromkeys(("blob", "variant", "wa_token"), "nothing")
    return Town(town.tenants, town.people, town.tokens, {**town.values, **nothing, "wa_answer": {"id": "x"}})
