"""Start an instance's supervisor and wait for its word that the command really runs."""

from __future__ import annotations

import errno
import json
import os
import selectors
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from domain.errors import Conflict, DomainError, InvalidInput, Unavailable
from domain.ports.runtime import RuntimeSpec
from drivers.runtime.process.environment import command_of, environment_of
from drivers.runtime.process.folders import InstanceFolder
from drivers.runtime.process.sandbox import HOME, INSIDE_PROGRAM, sandbox_args
from drivers.runtime.process.supervise.launch import Launch

PROGRAM = Path(__file__).parent / "supervise"
REPORT_TIMEOUT_S = 20.0
ERRORS_NAME = "supervisor.err"
LAST_WORDS_BYTES = 4096
_NOT_A_PROGRAM = {errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.ENOTDIR, errno.EISDIR, errno.ELOOP}


class SupervisorError(Exception):
    """What a supervisor reported; for the log, as the cause of what the user is told."""


@dataclass(frozen=True, slots=True)
class StartSettings:
    """What holds for every instance of a node. bwrap: None to run without a sandbox."""

    root: Path
    bind_host: str
    bwrap: str | None
    log_segment_bytes: int
    log_segments: int


def launch_of(folder: InstanceFolder, spec: RuntimeSpec, settings: StartSettings) -> Launch:
    """One run, as its supervisor wants to hear it. InvalidInput: the image has no command."""
    run_id = uuid.uuid4().hex
    inside = settings.bwrap is not None
    home = HOME if inside else str(folder.data)
    return Launch(
        run_id=run_id,
        command=command_of(spec),
        env=environment_of(spec, run_id, settings.bind_host, home, terminal=inside),
        data_folder=str(folder.data),
        log_folder=str(folder.log),
        bwrap=settings.bwrap,
        sandbox_args=sandbox_args(spec.name, folder.data, folder.tmp, settings.root) if inside else [],
        inside_program=INSIDE_PROGRAM,
        memory_bytes=spec.memory_bytes,
        nice=_nice(spec.cpu_millis),
        grace_s=spec.stop_grace_s,
        log_segment_bytes=settings.log_segment_bytes,
        log_segments=settings.log_segments,
    )


def start_supervisor(folder: InstanceFolder, launch: Launch) -> None:
    """Blocks some tens of milliseconds. Raises InvalidInput (no such program), Conflict, Unavailable."""
    launch.save(str(folder.run))
    argv = [sys.executable, "-I", "-S", str(PROGRAM), str(folder.run)]
    with (
        (folder.run / ERRORS_NAME).open("wb") as errors,
        subprocess.Popen(
            argv,
            env={},
            cwd=folder.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as starting,
    ):
        assert starting.stdout is not None
        report = _read_report(starting.stdout)
    fault = _fault(report)
    if fault is not None:
        raise fault from SupervisorError(f"{report} {_last_words(folder)}")


def _last_words(folder: InstanceFolder) -> str:
    """What it says of a crash of its own."""
    with (folder.run / ERRORS_NAME).open("rb") as file:
        return file.read(LAST_WORDS_BYTES).decode("utf-8", "replace")


def _read_report(pipe: IO[bytes]) -> dict[str, Any]:
    """{} when it died or stayed silent."""
    deadline = time.monotonic() + REPORT_TIMEOUT_S
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(pipe.fileno(), 4096)
            if not chunk:
                break
            data += chunk
    report = json.loads(data) if data else {}
    return report if isinstance(report, dict) else {}


def _fault(report: dict[str, Any]) -> DomainError | None:
    match report:
        case {"ok": True}:
            return None
        case {"failed": 0}:
            return Unavailable("The sandbox could not be made on this node.", reason="sandbox")
        case {"failed": int() as number} if number in _NOT_A_PROGRAM:
            return InvalidInput("The image's command cannot be run: there is no such program.", field="image")
        case {"failed": errno.ENOMEM | errno.EAGAIN}:
            return Unavailable("The node has no resources left to start it.", reason="no_resources")
        case {"busy": True}:
            return Conflict("The instance is just being started or is ending.", reason="busy")
    return Unavailable("The instance could not be started on this node.")


def _nice(cpu_millis: int) -> int:
    """A wish, not a limit: the scheduler prefers the gateway, and whoever ordered more."""
    return 5 if cpu_millis >= 1000 else 10
