"""A bucket of messages that refills steadily."""

from __future__ import annotations

import pytest

from domain.limits import Rate
from realtime.pace import Pace


def test_a_burst_and_then_one_by_one() -> None:
    pace = Pace(Rate(10, 1.0))
    assert [pace.take(100.0) for _ in range(10)] == [0.0] * 10
    assert pace.take(100.0) == pytest.approx(0.1, rel=0.01)
    assert pace.take(100.05) == pytest.approx(0.05, rel=0.01)
    assert pace.take(100.1001) == 0.0
    assert pace.take(100.1001) > 0


def test_rest_fills_it_but_never_above_the_brim() -> None:
    pace = Pace(Rate(3, 1.0))
    for _ in range(3):
        pace.take(0.0)
    assert [pace.take(1000.0) == 0.0 for _ in range(4)] == [True, True, True, False]
