"""The SDK's client for one address: version agreed with the engine, connections kept alive, no environment."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from docker import APIClient
from docker.constants import DEFAULT_DOCKER_API_VERSION
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from drivers.runtime.docker.address import Address

CONNECT_TIMEOUT_S = 10.0
PROBE_TIMEOUT_S = 15
KEEP_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
"""A node that lost its power sends no goodbye: notice it within half a minute."""


class _TcpAdapter(HTTPAdapter):
    def __init__(self, tls: ssl.SSLContext | None, pool_size: int) -> None:
        self._tls = tls
        super().__init__(pool_connections=2, pool_maxsize=pool_size)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._tls is not None:
            kwargs["ssl_context"] = self._tls
        options = [*HTTPConnection.default_socket_options, *KEEP_ALIVE]
        super().init_poolmanager(*args, **kwargs, socket_options=options)

    def send(self, request: Any, stream: bool = False, timeout: Any = None, *rest: Any, **more: Any) -> Any:
        """Wait for an answer as long as asked, but not for a machine that does not take the call."""
        return super().send(request, stream, (CONNECT_TIMEOUT_S, timeout), *rest, **more)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Our context has its trust already; requests would add the public authorities to it."""


def connect(address: Address, *, timeout_s: int, pool_size: int) -> APIClient:
    """Agree on an API version (the older of the engine's and the SDK's) and return a client. Blocks."""
    probe = _client(address, DEFAULT_DOCKER_API_VERSION, PROBE_TIMEOUT_S, pool_size)
    try:
        spoken = str(probe.version(api_version=False)["ApiVersion"])
    finally:
        probe.close()
    version = min(spoken, DEFAULT_DOCKER_API_VERSION, key=_as_numbers)
    return _client(address, version, timeout_s, pool_size)


def same_with_timeout(client: APIClient, address: Address, *, timeout_s: int, pool_size: int) -> APIClient:
    """Another client of the same version that waits longer."""
    return _client(address, client.api_version, timeout_s, pool_size)


def _client(address: Address, version: str, timeout_s: int, pool_size: int) -> APIClient:
    client = APIClient(
        base_url=address.sdk_url,
        version=version,
        timeout=timeout_s,
        tls=address.tls is not None,
        max_pool_size=pool_size,
    )
    client.trust_env = False
    if not address.unix_path:
        adapter = _TcpAdapter(address.tls, pool_size)
        client.mount("http://", adapter)
        client.mount("https://", adapter)
    return client


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
