"""Whether an instance's ports are free, asked before it starts: afterwards only its log would tell."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

from domain.errors import Conflict, InvalidInput
from domain.ports.runtime import RuntimeSpec


def check_ports(spec: RuntimeSpec, bind_host: str) -> None:
    """Conflict: one is in use, details.port says which. InvalidInput: we may not listen there."""
    for port, protocol in sorted(_wanted(spec)):
        _try_to_bind(bind_host, port, protocol)


def _wanted(spec: RuntimeSpec) -> set[tuple[int, str]]:
    primary: Iterable[tuple[int, str]] = () if spec.primary_port is None else ((spec.primary_port, "tcp"),)
    return {*primary, *((port.host_port, port.protocol) for port in spec.ports)}


def _try_to_bind(host: str, port: int, protocol: str) -> None:
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError as error:
            raise InvalidInput(f"{port} is not a port number.", field="ports", port=port) from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Conflict(
                    f"Port {port} is already in use on this node.", port=port, reason="port_in_use"
                ) from error
            if error.errno == errno.EACCES:
                raise InvalidInput(f"Port {port} may not be used on this node.", field="ports", port=port) from error
            raise
