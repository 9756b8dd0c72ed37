"""The contract as tables: status, exact JSON, what must be absent, what was told; a refusal leaves no trace."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tests.rest_compat.skyport.scenario import Scenario
from tests.rest_compat.skyport.scenarios import SCENARIOS
from tests.rest_compat.skyport.world import World, last_seq, rows, told_after

RUNS = [(scenario, flavour) for scenario in SCENARIOS for flavour in scenario.flavours]


@pytest.mark.parametrize(("scenario", "flavour"), RUNS, ids=[f"{s} [{f}]" for s, f in RUNS])
async def test_the_contract_holds(scenario: Scenario, flavour: str, nobody: httpx2.AsyncClient, world: World) -> None:
    before, seq = await rows(), await last_seq()
    response = await scenario.run(nobody, world, flavour)
    reply = response.json()
    expected = scenario.expected_in(flavour, world, reply)
    assert (response.status_code, reply) == (scenario.status_in(flavour), expected)
    assert response.headers["content-type"] == "application/json"
    for text in scenario.absent:
        assert text not in response.text
    assert_same_order(reply, expected)
    if scenario.events is None:
        assert await rows() == before
    else:
        assert await told_after(seq) == list(scenario.events)


def assert_same_order(reply: Any, expected: Any) -> None:
    """Keys come in the order of the contract."""
    assert json.dumps(reply) == json.dumps(expected)
