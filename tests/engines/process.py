"""Start a server as a child that cannot outlive the test run, and find it a port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

STOP_S = 15


def free_port() -> int:
    """A loopback port that is free now; the caller tries again when it is lost before use."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def spawn(command: Sequence[str], log: Path, *, as_nobody: bool = False) -> subprocess.Popen[bytes]:
    """Run it in a session of its own (Ctrl-C stays with pytest); the kernel ends it when pytest dies."""
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "INT"] if setpriv else []
    if as_nobody and os.getuid() == 0:
        prefix += ["--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def stop(child: subprocess.Popen[bytes], how: signal.Signals = signal.SIGINT) -> None:
    """End a child that we started, gently first, and reap it."""
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()


def last_lines(log: Path) -> str:
    return " / ".join(log.read_text(errors="replace").splitlines()[-3:]) if log.exists() else ""
