"""Start an instance, end it, let it hold still: what the runtime does while it has the instance's turn."""

from __future__ import annotations

import asyncio
import time

from domain.errors import Conflict, Unavailable
from domain.ports.runtime import Observed, RuntimeState
from drivers.runtime.process.control import ask
from drivers.runtime.process.faults import no_such_instance
from drivers.runtime.process.folders import InstanceFolder
from drivers.runtime.process.observe import current_record, end_supervisor, is_live, observe
from drivers.runtime.process.port_check import check_ports
from drivers.runtime.process.specs import read_spec
from drivers.runtime.process.starter import StartSettings, launch_of, start_supervisor
from drivers.runtime.process.threads import in_thread

END_SLACK_S = 10.0
"""After SIGKILL even a large process is gone within this; who is not hangs in the kernel."""


async def look(folder: InstanceFolder) -> Observed:
    """NotFound when there is no such instance."""
    observed = await in_thread(observe, folder)
    if observed is None:
        raise no_such_instance(folder.instance_id)
    return observed


async def start(folder: InstanceFolder, settings: StartSettings) -> Observed:
    """Running already is fine. Conflict: paused, or a port is in use. InvalidInput: no such program."""
    observed = await look(folder)
    if observed.state is RuntimeState.RUNNING:
        return observed
    if observed.state is RuntimeState.PAUSED:
        raise Conflict("The instance is paused; unpause it instead.")
    try:
        await in_thread(_launch, folder, settings)
    except Conflict:
        if not await in_thread(is_running, folder):  # else somebody else started it at the same time
            raise
    return await look(folder)


async def end(folder: InstanceFolder, grace_s: float | None) -> None:
    """Ask it to end, kill it after grace_s (None: at once). Not running is fine; Unavailable: it does not end.

    A supervisor that does not answer is ended too, and everyone with it.
    """
    request = {"do": "kill"} if grace_s is None else {"do": "stop", "grace_s": grace_s}
    deadline = time.monotonic() + (grace_s or 0.0) + END_SLACK_S
    while await in_thread(is_running, folder):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise Unavailable("The instance does not end.")
        try:
            await ask(folder, left_s, **request)
        except Unavailable:
            await in_thread(end_supervisor, folder)
        await asyncio.sleep(0.01)


async def switch(folder: InstanceFolder, do: str, wanted: RuntimeState) -> Observed:
    """pause or unpause; it is so already is fine. Conflict: it does not run."""
    observed = await look(folder)
    if observed.state not in (RuntimeState.RUNNING, RuntimeState.PAUSED):
        raise Conflict("The instance is not running.", state=observed.state.value)
    if observed.state is not wanted:
        await ask(folder, do=do)
    return await look(folder)


def is_running(folder: InstanceFolder) -> bool:
    """Or paused. Blocks."""
    return is_live(current_record(folder))


def _launch(folder: InstanceFolder, settings: StartSettings) -> None:
    spec = read_spec(folder)
    check_ports(spec, settings.bind_host)
    folder.lay_out()
    start_supervisor(folder, launch_of(folder, spec, settings))
