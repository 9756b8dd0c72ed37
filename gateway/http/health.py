"""GET /healthz: the process answers. GET /readyz: it can do its work, or what stands in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tortoise.connection import get_connection

from domain.errors import DomainError
from domain.models.faults import DATABASE_FAULTS
from domain.models.node import Node, NodeState
from gateway.migrate import pending
from gateway.wiring import House

ANSWER_S = 3.0
Check = Callable[[House], Awaitable[str | None]]
"""Returns what is wrong, None when nothing is."""


async def healthz(request: Request) -> Response:
    """GET /healthz"""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """GET /readyz: 200, or 503 with what is not ready."""
    found = await not_ready(request.app.state.house)
    status = "ready" if not found else "not ready"
    body = {"status": status, "notReady": found}
    return JSONResponse(body, 503 if found else 200, headers={"Cache-Control": "no-store"})


async def not_ready(house: House) -> dict[str, str]:
    """What does not work, by name, with the reason; empty when everything does."""
    reasons = await asyncio.gather(*(_within_time(check, house) for check in CHECKS.values()))
    return {name: reason for name, reason in zip(CHECKS, reasons, strict=True) if reason is not None}


async def _within_time(check: Check, house: House) -> str | None:
    try:
        async with asyncio.timeout(ANSWER_S):
            return await check(house)
    except TimeoutError:
        return f"no answer in {ANSWER_S:g} s"
    except DomainError as error:
        return error.message
    except DATABASE_FAULTS as exc:
        return f"does not answer ({type(exc).__name__})"


async def _process(house: House) -> str | None:
    return "shutting down" if house.is_closing.is_set() else None


async def _database(house: House) -> str | None:
    await get_connection("default").execute_query("SELECT 1")
    return None


async def _migrations(house: House) -> str | None:
    missing = await pending(get_connection("default"))
    return f"pending: {', '.join(missing)}" if missing else None


async def _bus(house: House) -> str | None:
    await house.ports.bus.check()
    return None


async def _storage(house: House) -> str | None:
    await house.ports.storage.check()
    return None


async def _tasks(house: House) -> str | None:
    faults = house.background.faults
    return f"crashed lately: {', '.join(sorted(faults))}" if faults else None


async def _nodes(house: House) -> str | None:
    """One node that answers is enough to be of use; taking a whole gateway away would not bring the others back."""
    nodes = await Node.all()
    if not nodes or any(node.state is NodeState.ONLINE for node in nodes):
        return None
    return "; ".join(f"{node.name} is {node.state.value}: {node.state_reason or 'not seen yet'}" for node in nodes)


CHECKS: dict[str, Check] = {
    "process": _process,
    "database": _database,
    "migrations": _migrations,
    "bus": _bus,
    "storage": _storage,
    "tasks": _tasks,
    "nodes": _nodes,
}
