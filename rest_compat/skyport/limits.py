"""The original's rate limit headers. How many requests there may be is a setting; POSTs are counted, as there."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from domain.ports.counters import Verdict

COUNTED = frozenset({"POST"})


def rate_headers(verdict: Verdict, now: datetime) -> dict[str, str]:
    """Reset is the Unix time, in whole seconds, at which the whole allowance is there again."""
    reset_at = now + timedelta(seconds=verdict.reset_after_s)
    return {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.remaining),
        "X-RateLimit-Reset": str(math.ceil(reset_at.timestamp())),
    }
