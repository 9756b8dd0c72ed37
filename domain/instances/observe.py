"""Turn what the runtime reports into what the domain says."""

from __future__ import annotations

from datetime import datetime

from domain.models.instance import Instance, InstanceState
from domain.ports.runtime import Observed, RuntimeState
from domain.text import plain_text

GONE = "Its container is gone from the node."
OUT_OF_MEMORY = "It ran out of memory."


def apply_observed(
    instance: Instance, observed: Observed | None, now: datetime, *, asked_to_stop: bool = False
) -> None:
    """Set state, reason, runtime id and start time; the caller saves. asked_to_stop: an end is no surprise."""
    if observed is None:
        instance.state, instance.state_reason = InstanceState.FAILED, GONE
        return
    instance.runtime_id = observed.runtime_id
    if observed.state is RuntimeState.RUNNING:
        instance.state, instance.state_reason = InstanceState.RUNNING, None
        instance.started_at = observed.started_at or instance.started_at or now
    elif observed.state is RuntimeState.PAUSED:
        instance.state, instance.state_reason = InstanceState.PAUSED, None
    elif asked_to_stop:
        instance.state, instance.state_reason = InstanceState.STOPPED, None
    else:
        _ended(instance, observed)


def differs(instance: Instance, observed: Observed | None) -> bool:
    """Whether a settled instance says something else than its runtime."""
    if observed is None:
        return instance.state not in (InstanceState.STOPPED, InstanceState.FAILED)
    if observed.state is RuntimeState.RUNNING:
        return instance.state is not InstanceState.RUNNING
    if observed.state is RuntimeState.PAUSED:
        return instance.state is not InstanceState.PAUSED
    return instance.state not in (InstanceState.STOPPED, InstanceState.FAILED)


def _ended(instance: Instance, observed: Observed) -> None:
    if observed.out_of_memory:
        instance.state, instance.state_reason = InstanceState.FAILED, OUT_OF_MEMORY
        return
    instance.state = InstanceState.STOPPED
    if observed.error:
        instance.state_reason = plain_text(observed.error)
    else:
        instance.state_reason = f"It ended with exit code {observed.exit_code}." if observed.exit_code else None
