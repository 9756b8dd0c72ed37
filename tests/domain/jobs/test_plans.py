"""The queue stays quick under a long history: no statement that workers repeat all day reads the whole table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.queryset import QuerySet

from domain.jobs.claim import CLAIM
from domain.models import Operation, OperationState, OutboxEvent
from domain.models.operation import OPEN_STATES
from domain.models.sql import connection, fetch, is_postgres, skip_locked
from domain.ports import Ports

ENDED, WAITING = 3000, 20


@pytest.fixture(autouse=True)
async def history(database: TortoiseContext, ports: Ports) -> None:
    now = ports.clock.now()
    rows = [
        Operation(
            kind="test",
            lane=f"lane-{number % 40}",
            lane_order=number,
            state=OperationState.SUCCEEDED if number < ENDED else OperationState.QUEUED,
            run_at=now - timedelta(seconds=1),
        )
        for number in range(ENDED + WAITING)
    ]
    await Operation.bulk_create(rows, batch_size=500)
    told = [OutboxEvent(position=n, topic=f"t:{n % 9}", noun="t", name="T", payload={}) for n in range(1, ENDED)]
    await OutboxEvent.bulk_create(told, batch_size=500)
    await fetch("ANALYZE")


async def plan(text: str) -> str:
    explain = "EXPLAIN" if is_postgres(connection()) else "EXPLAIN QUERY PLAN"
    return "\n".join(str(row.get("QUERY PLAN") or row.get("detail")) for row in await fetch(f"{explain} {text}"))


async def test_claiming_reads_only_what_is_open(ports: Ports) -> None:
    now = ports.clock.now().isoformat()
    text = CLAIM.format(limit=8, lock=skip_locked()).replace("$1", "'w'")
    found = await plan(text.replace("$2", f"'{now}'").replace("$3", f"'{now}'"))
    assert not {"Seq Scan on operation o", "Seq Scan on operation b", "SCAN o", "SCAN b"} & {
        line.strip(" ->").split("  (")[0] for line in found.splitlines()
    }, found
    assert "idx_operation_lane" in found, found


@pytest.mark.parametrize(
    "rows",
    [
        lambda: Operation.filter(lane="lane-1", state__in=list(OPEN_STATES)),
        lambda: OutboxEvent.filter(position__isnull=True).order_by("seq").limit(500),
        lambda: OutboxEvent.filter(position__gt=ENDED - 20).order_by("position").limit(500),
        lambda: OutboxEvent.filter(topic="t:1", position__gt=5).order_by("position").limit(20),
    ],
    ids=["work of a lane", "events to number", "events to hand out", "a topic's story"],
)
async def test_it_uses_an_index(rows: Callable[[], QuerySet[Any]]) -> None:
    found = await plan(rows().sql(params_inline=True))
    assert "Seq Scan" not in found, found
    assert "SCAN operation" not in found, found
    assert "SCAN outbox_event" not in found or "USING INDEX" in found, found
