"""Every fault has a close code, and clients know which ones may be tried again."""

from __future__ import annotations

import pytest

from domain.errors import ERROR_KINDS, Conflict, DomainError, RateLimited, Unavailable
from realtime.close_codes import CloseCode, close_code_of, fitting_reason, may_retry


@pytest.mark.parametrize("kind", ERROR_KINDS)
def test_every_kind_of_fault_has_a_code(kind: type[DomainError]) -> None:
    error = RateLimited("x", 1.0) if kind is RateLimited else kind("x")
    assert close_code_of(error) is not CloseCode.INTERNAL


def test_a_kind_of_a_kind_has_its_parents_code() -> None:
    class Special(Conflict): ...

    assert close_code_of(Special("x")) is CloseCode.CONFLICT
    assert close_code_of(DomainError("x")) is CloseCode.INTERNAL


def test_trying_again_helps_only_where_the_server_was_the_reason() -> None:
    assert may_retry(close_code_of(Unavailable("x")))
    assert may_retry(CloseCode.GOING_AWAY)
    assert may_retry(CloseCode.RECONNECT)
    for code in (CloseCode.UNAUTHENTICATED, CloseCode.FORBIDDEN, CloseCode.BAD_REQUEST, CloseCode.NORMAL):
        assert not may_retry(code)


def test_a_reason_fits_its_frame() -> None:
    assert fitting_reason("short") == "short"
    assert fitting_reason("ä" * 100) == "ä" * 61
