"""Slow down who guesses passwords: failures are counted per login and per address, successes are not."""

from __future__ import annotations

from collections.abc import Sequence

from domain.accounts.digest import digest_of
from domain.accounts.naming import key_of
from domain.errors import RateLimited
from domain.ports import Ports


def keys_of_sign_in(login: str, address: str | None) -> list[str]:
    """The counters of one attempt, the login's first."""
    keys = [f"sign-in:login:{digest_of(key_of(login))}"]
    return [*keys, f"sign-in:address:{address[:64]}"] if address else keys


async def refuse_throttled(ports: Ports, keys: Sequence[str]) -> None:
    """RateLimited when one of them had too many failures. Ask again after a slow check: many attempts run at once."""
    waits_s = []
    for key in keys:
        verdict = await ports.counters.peek(key, ports.limits.sign_in_failures)
        if not verdict.allowed:
            waits_s.append(verdict.retry_after_s)
    if waits_s:
        raise RateLimited("Too many failed attempts; try again later.", retry_after_s=max(waits_s))


async def count_failure(ports: Ports, keys: Sequence[str]) -> bool:
    """Count it on each; whether it was the last that one of them allows for now."""
    verdicts = [await ports.counters.hit(key, ports.limits.sign_in_failures) for key in keys]
    return any(verdict.limit > 0 and verdict.remaining == 0 for verdict in verdicts)
