"""Keyset paging: whatever the rows and the page size, every row comes once and in order."""

from __future__ import annotations

import asyncio
import base64
import json
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.models import Node, NodeState, Tenant
from domain.paging import Order, PageRequest, cursor_of, page_of
from gateway.database import open_database
from tests.domain.rows import node

ORDERS = [Order(column, descending) for column in ("created_at", "name") for descending in (False, True)]


async def walk(order: Order, first: int) -> list[Tenant]:
    found: list[Tenant] = []
    cursor = None
    while True:
        page = await page_of(Tenant.all(), order, PageRequest(first=first, after=cursor))
        assert len(page.items) <= first
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(["a", "b", "é", "Z", "'", "x" * 99]), max_size=25),
    first=st.integers(1, 30),
    order=st.sampled_from(ORDERS),
)
def test_pages_hold_every_row_once_and_in_order(names: list[str], first: int, order: Order) -> None:
    async def check() -> None:
        async with open_database("sqlite://:memory:") as database:
            await database.generate_schemas()
            for number, name in enumerate(names):
                await Tenant.create(slug=f"t{number}", name=name)
            walked = [row.id for row in await walk(order, first)]
            sign = "-" if order.descending else ""
            assert walked == [row.id for row in await Tenant.all().order_by(f"{sign}{order.column}", f"{sign}id")]

    asyncio.run(check())


@pytest.mark.usefixtures("database")
async def test_rows_that_come_and_go_move_nothing() -> None:
    rows = [await Tenant.create(slug=f"t{n}", name=f"n{n}") for n in range(6)]
    order = Order("name")
    page = await page_of(Tenant.all(), order, PageRequest(first=3))
    await rows[0].delete()
    await Tenant.create(slug="new", name="n00")
    rest = await page_of(Tenant.all(), order, PageRequest(first=10, after=page.next_cursor))
    assert [row.name for row in rest.items] == ["n3", "n4", "n5"]
    assert rest.next_cursor is None


@pytest.mark.usefixtures("database")
async def test_the_total_is_counted_only_when_asked_for() -> None:
    await Tenant.create(slug="t", name="t")
    assert (await page_of(Tenant.all(), Order(), PageRequest())).total is None
    assert (await page_of(Tenant.all(), Order(), PageRequest(with_total=True))).total == 1


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("first", [0, -1, 201])
async def test_a_page_size_out_of_range_is_refused(first: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        await page_of(Tenant.all(), Order(), PageRequest(first=first))
    assert refused.value.details["field"] == "first"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "cursor",
    ["", "%%%", "Zm9v", base64.urlsafe_b64encode(b'["created_at",false,1,"x"]').decode(), "é", "bnVsbA", "W10"],
)
async def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        await page_of(Tenant.all(), Order(), PageRequest(after=cursor))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("value", [None, 1, [], {}, "\0", "x" * 5000, True, "\ud800"])
@pytest.mark.parametrize("column", ["name", "created_at"])
async def test_a_forged_sort_value_is_refused(column: str, value: object) -> None:
    forged = json.dumps([column, False, value, str(uuid4())]).encode()
    with pytest.raises(InvalidInput):
        await page_of(Tenant.all(), Order(column), PageRequest(after=base64.urlsafe_b64encode(forged).decode()))


@pytest.mark.usefixtures("database")
async def test_lists_are_paged_by_state() -> None:
    for number, state in enumerate([NodeState.ONLINE, NodeState.OFFLINE, NodeState.ONLINE]):
        await node(f"n{number}", state=state)
    order = Order("state", descending=True)
    first = await page_of(Node.all(), order, PageRequest(first=1))
    rest = await page_of(Node.all(), order, PageRequest(after=first.next_cursor))
    assert [row.state.value for row in first.items + rest.items] == ["online", "online", "offline"]


@pytest.mark.usefixtures("database")
async def test_a_cursor_of_another_order_is_refused() -> None:
    row = await Tenant.create(slug="t", name="t")
    with pytest.raises(InvalidInput):
        await page_of(Tenant.all(), Order("name"), PageRequest(after=cursor_of(row, Order("created_at"))))
