"""The error map is total, and faults of ours tell nothing but their number."""

from __future__ import annotations

import httpx2
import pytest
from tortoise.connection import get_connection

from domain.errors import ERROR_KINDS, DomainError, RateLimited, Unavailable
from domain.limits import Rate
from domain.models import User
from domain.ports.counters import Verdict
from rest_compat._kit import Refusal
from rest_compat._kit.faults import KIT_FAULTS, MissingField, WrongMethod
from rest_compat.skyport.answers import FLAVOURS
from rest_compat.skyport.errors import error_body
from rest_compat.skyport.routes import DIALECT
from tests.rest_compat.houses import SmallHouse
from tests.rest_compat.skyport.world import World


def made(kind: type[DomainError]) -> DomainError:
    if kind is RateLimited:
        return RateLimited("Too often.", 1.0)
    if kind is MissingField:
        return MissingField(["name"])
    if kind is WrongMethod:
        return WrongMethod({"GET"})
    return kind("It failed.") if kind in ERROR_KINDS or kind.__init__ is DomainError.__init__ else kind()  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [*ERROR_KINDS, *KIT_FAULTS, DomainError], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_kind_has_an_answer_at_every_endpoint(kind: type[DomainError], flavour: str) -> None:
    error = made(kind)
    assert kind in DIALECT.errors
    for endpoint in (None, *DIALECT.endpoints):
        answer = DIALECT.answer_to(error, endpoint, flavour)
        assert 400 <= answer.status < 600
        body = error_body(Refusal(answer.status, answer.message or error.message, error, "4bf92f"))
        assert body.error


def test_in_docs_only_documented_numbers_are_used_for_bad_requests() -> None:
    used = {DIALECT.answer_to(made(kind), None, "docs").status for kind in ERROR_KINDS}
    assert used == {400, 401, 403, 413, 429, 500}


class AbsentCounters:
    """A counter server that cannot be reached."""

    async def hit(self, key: str, rate: Rate, cost: int = 1) -> Verdict:
        raise Unavailable("The counters do not answer.")

    async def peek(self, key: str, rate: Rate) -> Verdict:
        raise Unavailable("The counters do not answer.")

    async def clear(self, key: str) -> None: ...

    async def close(self) -> None: ...


async def test_what_we_depend_on_is_named_in_the_details(
    panel: httpx2.AsyncClient, house: SmallHouse, world: World
) -> None:
    house.rates["skyport"] = Rate(10, 60.0)
    house.ports = type(house.ports)(
        **{name: getattr(house.ports, name) for name in house.ports.__slots__} | {"counters": AbsentCounters()}
    )
    response = await panel.post("/api/instances/deploy", json={})
    body = response.json()
    assert response.status_code == 500
    assert body["error"] == "Failed to create container"
    assert body["details"] == "The counters do not answer."


async def test_a_failing_database_leaves_no_trace_and_tells_none(panel: httpx2.AsyncClient, world: World) -> None:
    await get_connection("default").execute_script("DROP TABLE audit_entry")
    person = {"username": "bob", "email": "bob@example.org", "password": "pw"}
    response = await panel.post("/api/auth/create-user", json=person)
    body = response.json()
    assert (response.status_code, body["error"]) == (500, "Failed to create user")
    assert body["details"] == "No additional error info"
    assert body["requestId"]
    assert "audit_entry" not in response.text
    assert not await User.exists(username="bob")
