"""Serve the application with uvicorn on a listening socket of our own.

Our own socket, because a client that stops reading must be found out: TCP_USER_TIMEOUT on it is inherited by every
connection, and a small send buffer keeps what waits for a slow one small.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette

from gateway.faults import StartupError
from gateway.running import Running
from gateway.settings import Settings
from gateway.tls import Certificates
from gateway.websocket_protocol import WireProtocol
from realtime.settings import SocketSettings

BACKLOG = 2048
DEFAULT_TUNING = SocketSettings()
MESSAGE_BYTES = 1 << 20
"""Until a channel says how long its own messages may be (realtime/wire.py: bound)."""


def listen(host: str, port: int, tuning: SocketSettings = DEFAULT_TUNING) -> socket.socket:
    """A listening socket, tuned as what it accepts shall be.

    StartupError: the port is in use or not allowed, or the address is not ours.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as exc:
        raise StartupError(f"GATEHOUSE_HOST: {host} is not an address of this machine ({exc.strerror})") from exc
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)  # localhost has both
    listener = socket.socket(family, kind, protocol)
    try:
        _tune(listener, tuning)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        raise StartupError(_why_not(exc, host, port)) from exc
    listener.setblocking(False)
    return listener


def _tune(listener: socket.socket, tuning: SocketSettings) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, tuning.send_buffer_bytes)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        unread_for_ms = round(tuning.tcp_user_timeout_s * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread_for_ms)


def _why_not(exc: OSError, host: str, port: int) -> str:
    if exc.errno == errno.EADDRINUSE:
        return f"GATEHOUSE_PORT: {host}:{port} is in use by another program; choose another port (--port)"
    if exc.errno == errno.EACCES:
        return f"GATEHOUSE_PORT: this user may not listen on port {port}; choose one above 1023 (--port)"
    return f"GATEHOUSE_HOST: cannot listen on {host}:{port} ({os.strerror(exc.errno or 0)})"


class Server(uvicorn.Server):
    """Ends in good order: sockets get their 1001 and operations are given back before connections are cut.

    The application's lifespan is entered by whoever makes the server (serve below), so that a fault in it is an
    exception, not a log line, and it ends after the last connection.
    """

    def __init__(self, app: Starlette, settings: Settings, ready: Callable[[], object] = lambda: None) -> None:
        super().__init__(_config(app, settings))
        self._app = app
        self._ready = ready
        self._grace_s = settings.shutdown_grace_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._grace_s
        for server in self.servers:
            server.close()
        running: Running = self._app.state.running
        await running.stop()
        self.config.timeout_graceful_shutdown = max(1, round(deadline - loop.time()))
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Without the stock re-raising at the end, which would kill the process before the lifespan has ended."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


async def serve(app: Starlette, settings: Settings, listener: socket.socket, ready: Callable[[], object]) -> None:
    """Start the application, serve on the listener until told to stop, end in good order. StartupError: see create_app.

    ready: called when requests are answered. The server is app.state.server; its should_exit ends it.
    """
    async with app.router.lifespan_context(app):
        app.state.server = Server(app, settings, ready)
        await app.state.server.serve(sockets=[listener])


def _tls(settings: Settings) -> Callable[[uvicorn.Config, Callable[[], ssl.SSLContext]], ssl.SSLContext] | None:
    """None where something in front of us ends TLS, or nobody does."""
    if not settings.tls_certificates:
        return None
    certificates = Certificates(settings.tls_certificates)
    return lambda config, default: certificates.context


def _config(app: Starlette, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws=WireProtocol,
        ws_per_message_deflate=settings.sockets.compression,
        ws_ping_interval=None,
        ws_max_size=MESSAGE_BYTES,
        ssl_context_factory=_tls(settings),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=max(1, round(settings.shutdown_grace_s)),
    )
