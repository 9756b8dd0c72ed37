"""Ask a Docker Engine on a unix socket whether it lives, without the SDK."""

from __future__ import annotations

import http.client
import json
import os
import socket
import tempfile
from pathlib import Path


def state_dir() -> Path:
    """Where the engine that we start keeps everything; one per machine, shared by every run."""
    return Path(tempfile.gettempdir()) / "gatehouse-engine"


def answering_socket() -> str | None:
    """The first socket that answers: DOCKER_HOST's, ours, the system's."""
    named = os.environ.get("DOCKER_HOST", "")
    known = [str(state_dir() / "docker.sock"), "/var/run/docker.sock"]
    if named.startswith("unix://"):
        known.insert(0, named.removeprefix("unix://"))
    return next((path for path in known if engine_version(path) is not None), None)


def engine_version(socket_path: str) -> str | None:
    """The engine's version, or None when nothing answers there."""
    connection = _UnixConnection(socket_path)
    try:
        connection.request("GET", "/version")
        version = json.loads(connection.getresponse().read())["Version"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()
    return str(version).split("+")[0]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("engine", timeout=5)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)
