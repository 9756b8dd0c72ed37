"""The runtime port over a real Docker Engine (unix socket, TCP or TLS)."""

from __future__ import annotations

from drivers.runtime.docker.driver import DockerRuntime

__all__ = ["DockerRuntime"]
