"""Idempotency-Key at the door."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from domain.models import IdempotencyRecord, Tenant
from tests.fakes import FakeClock
from tests.rest_compat.houses import SmallHouse


async def post(
    toy: httpx2.AsyncClient, text: str, key: str, *, path: str = "/notes", who: str = "old"
) -> httpx2.Response:
    return await toy.post(path, json={"text": text}, headers={"Idempotency-Key": key, "x-toy": who})


async def test_the_same_request_gets_the_same_reply_and_is_done_once(toy: httpx2.AsyncClient) -> None:
    first, second = await post(toy, "milk", "k1"), await post(toy, "milk", "k1")
    assert (first.status_code, first.content) == (second.status_code, second.content) == (200, b'{"text":"milk"}')
    assert second.headers["content-type"] == "application/json"
    assert second.headers["cache-control"] == "no-store"
    assert await Tenant.all().count() == 1


async def test_twins_at_the_same_moment_are_done_once(toy: httpx2.AsyncClient) -> None:
    replies = await asyncio.gather(*(post(toy, "milk", "k1") for _ in range(5)))
    assert {reply.status_code for reply in replies} <= {200, 409}
    assert any(reply.status_code == 200 for reply in replies)
    assert await Tenant.all().count() == 1


async def test_another_body_under_the_same_key_is_refused(toy: httpx2.AsyncClient) -> None:
    await post(toy, "milk", "k1")
    response = await post(toy, "bread", "k1")
    assert response.status_code == 409
    assert response.json()["problem"] == "This Idempotency-Key was used for another request."
    assert await Tenant.all().count() == 1


async def test_another_path_under_the_same_key_is_refused(toy: httpx2.AsyncClient) -> None:
    await post(toy, "milk", "k1")
    assert (await post(toy, "milk", "k1", path="/old/notes")).status_code == 409


async def test_a_key_belongs_to_its_credential(toy: httpx2.AsyncClient) -> None:
    await post(toy, "milk", "k1")
    assert (await post(toy, "bread", "k1", who="new")).status_code == 201


async def test_a_refusal_of_the_request_is_kept(toy: httpx2.AsyncClient) -> None:
    await Tenant.create(slug="milk", name="milk")
    assert (await post(toy, "milk", "k1")).status_code == 400
    await Tenant.all().delete()
    assert (await post(toy, "milk", "k1")).status_code == 400
    assert (await post(toy, "milk", "k2")).status_code == 200


@pytest.mark.parametrize("text", ["crash", "away"])
async def test_a_fault_of_ours_may_be_tried_again(toy: httpx2.AsyncClient, text: str) -> None:
    assert (await post(toy, text, "k1")).status_code >= 500
    assert await IdempotencyRecord.all().count() == 0


async def test_a_bad_key_is_refused_and_nothing_is_done(toy: httpx2.AsyncClient) -> None:
    assert (await post(toy, "milk", "x" * 256)).status_code == 409
    assert await Tenant.all().count() == 0


async def test_a_key_may_be_used_anew_after_its_day(toy: httpx2.AsyncClient, clock: FakeClock) -> None:
    await post(toy, "milk", "k1")
    clock.advance(86_401)
    assert (await post(toy, "bread", "k1")).status_code == 200


async def test_reads_do_not_look_at_it(toy: httpx2.AsyncClient) -> None:
    await toy.get("/notes", headers={"Idempotency-Key": "k1"})
    assert await IdempotencyRecord.all().count() == 0


async def test_a_reply_with_a_secret_is_kept_unreadable(toy: httpx2.AsyncClient, house: SmallHouse) -> None:
    first = await post(toy, "milk", "k1", path="/secret")
    record = await IdempotencyRecord.get(key="k1")
    assert b"milk" not in bytes(record.body or b"milk")
    second = await post(toy, "milk", "k1", path="/secret")
    assert (second.status_code, second.content) == (first.status_code, first.content)
