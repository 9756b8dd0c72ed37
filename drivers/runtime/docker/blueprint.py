"""RuntimeSpec as the engine's create call wants it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from docker import APIClient, types

from domain.ports.runtime import RuntimeSpec
from drivers.runtime.docker.names import INSTANCE, NAME, OWNER, container_name
from drivers.runtime.docker.volumes import Volume, volume_labels

CPU_PERIOD_US = 100_000
_SMALLEST_QUOTA_US = 1_000
PIDS_LIMIT = 4096
LOG_OPTIONS = {"max-size": "10m", "max-file": "3"}
"""Kept per instance: at most three files of 10 MB; a reader whose cursor is older is told so."""
_HOSTNAME_LENGTH = 63


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume on its path. filled: it has its content already, so the image's folder is not copied into it."""

    volume: Volume
    filled: bool = False


def limits(memory_bytes: int, cpu_millis: int) -> dict[str, Any]:
    """Memory without swap on top, and a share of CPU time. NanoCpus is left out: an update could not change it."""
    return {
        "mem_limit": memory_bytes,
        "memswap_limit": memory_bytes,
        "cpu_period": CPU_PERIOD_US,
        "cpu_quota": max(cpu_millis * CPU_PERIOD_US // 1000, _SMALLEST_QUOTA_US),
    }


def container_options(
    sdk: APIClient,
    spec: RuntimeSpec,
    *,
    image: str,
    owner: str,
    bind_address: str,
    mounts: Iterable[Mount],
) -> dict[str, Any]:
    """Arguments of the SDK's create_container."""
    return {
        "image": image,
        "name": container_name(spec.instance_id),
        "command": list(spec.command) if spec.command is not None else None,
        "hostname": spec.name[:_HOSTNAME_LENGTH].rstrip("-."),
        "environment": environment(spec),
        "labels": labels(spec, owner),
        "ports": [(port.container_port, port.protocol) for port in spec.ports],
        "tty": True,
        "stdin_open": True,
        "detach": True,  # else the engine closes stdin for ever when the first console leaves
        "stop_timeout": math.ceil(spec.stop_grace_s),
        "host_config": _host_config(sdk, spec, owner, bind_address, mounts),
    }


def environment(spec: RuntimeSpec) -> dict[str, str]:
    """The instance's own variables win over PORT and PRIMARY_PORT."""
    if spec.primary_port is None:
        return dict(spec.env)
    port = str(spec.primary_port)
    return {"PORT": port, "PRIMARY_PORT": port, **spec.env}


def labels(spec: RuntimeSpec, owner: str) -> dict[str, str]:
    """Ours cannot be overwritten."""
    return {**spec.labels, OWNER: owner, INSTANCE: str(spec.instance_id), NAME: spec.name}


def _host_config(
    sdk: APIClient, spec: RuntimeSpec, owner: str, bind_address: str, mounts: Iterable[Mount]
) -> dict[str, Any]:
    return sdk.create_host_config(
        **limits(spec.memory_bytes, spec.cpu_millis),
        init=True,
        pids_limit=PIDS_LIMIT,
        security_opt=["no-new-privileges"],
        restart_policy={"Name": "no"},
        port_bindings=_port_bindings(spec, bind_address),
        mounts=[_mounted(mount, volume_labels(owner, spec.instance_id, mount.volume)) for mount in mounts],
        log_config=types.LogConfig(type=types.LogConfig.types.JSON, config=LOG_OPTIONS),
    )


def _mounted(mount: Mount, labels: dict[str, str]) -> types.Mount:
    """The labels are for the engine to use should it have to make the volume."""
    return types.Mount(
        target=mount.volume.path,
        source=mount.volume.name,
        type="volume",
        no_copy=mount.filled,
        labels=labels,
    )


def _port_bindings(spec: RuntimeSpec, bind_address: str) -> dict[int | str, Any]:
    bindings: dict[int | str, Any] = {}
    for port in spec.ports:
        bindings.setdefault(f"{port.container_port}/{port.protocol}", []).append((bind_address, port.host_port))
    return bindings
