"""What an inspected container says, as Observed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.ports.runtime import Observed, RuntimeState
from drivers.runtime.docker.errors import from_text

_STATES = {
    "created": RuntimeState.CREATED,
    "running": RuntimeState.RUNNING,
    "restarting": RuntimeState.RUNNING,
    "paused": RuntimeState.PAUSED,
}
_ENDED_AS_ASKED = (0, 143)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


def state_of(container: Mapping[str, Any]) -> RuntimeState:
    """exited, removing and dead all mean stopped."""
    return _STATES.get(container["State"]["Status"], RuntimeState.STOPPED)


def is_broken(container: Mapping[str, Any]) -> bool:
    """Whether only its removal is left to do."""
    return container["State"]["Status"] in ("removing", "dead")


def observed(instance_id: UUID, container: Mapping[str, Any]) -> Observed:
    """The engine's out-of-memory flag outlives the moment, so it counts only for an end that nobody asked for."""
    state, said = state_of(container), container["State"]
    exit_code = int(said["ExitCode"]) if state is RuntimeState.STOPPED else None
    return Observed(
        instance_id=instance_id,
        runtime_id=container["Id"],
        state=state,
        exit_code=exit_code,
        out_of_memory=exit_code is not None and said["OOMKilled"] and exit_code not in _ENDED_AS_ASKED,
        error=from_text(said["Error"]).message if said.get("Error") else None,
        started_at=moment(said["StartedAt"]),
    )


def moment(text: str) -> datetime | None:
    """An engine's time stamp, to the microsecond; None for its zero time (never)."""
    nanoseconds = since_epoch_ns(text)
    if nanoseconds is None or nanoseconds < 0:
        return None
    return from_ns(nanoseconds)


def since_epoch_ns(text: str) -> int | None:
    """Exact nanoseconds since 1970; None when it is no time stamp."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    whole = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00"))
    return int(whole.timestamp()) * 10**9 + int((found[2] or "0").ljust(9, "0"))


def from_ns(nanoseconds: int) -> datetime:
    """A moment, cut to the microsecond."""
    seconds, rest = divmod(nanoseconds, 10**9)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
