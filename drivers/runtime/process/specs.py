"""The spec of an instance on disk: instance.json, written last and whole, so that half an instance never exists."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any
from uuid import UUID

from domain.ports.runtime import PortBinding, RuntimeSpec
from drivers.runtime.process.folders import InstanceFolder


def write_spec(folder: InstanceFolder, spec: RuntimeSpec) -> None:
    """On disk for good when this returns."""
    values: dict[str, Any] = asdict(spec) | {"instance_id": str(spec.instance_id)}
    draft = folder.path / f".{folder.spec.name}"
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(fd, "w") as file:
        json.dump(values, file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder.spec)
    parent = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def read_spec(folder: InstanceFolder) -> RuntimeSpec:
    """FileNotFoundError when there is no such instance."""
    values = json.loads(folder.spec.read_text())
    command = values["command"]
    return RuntimeSpec(
        **values
        | {
            "instance_id": UUID(values["instance_id"]),
            "command": None if command is None else tuple(command),
            "ports": tuple(PortBinding(**port) for port in values["ports"]),
        }
    )
