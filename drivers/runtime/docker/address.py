"""Where a node's engine listens, from NodeEngine or the environment's usual variables."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from domain.errors import InvalidInput
from domain.ports.runtime import NodeEngine

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
PLAIN_PORT = 2375
TLS_PORT = 2376


@dataclass(frozen=True, slots=True)
class Address:
    """unix_path for a socket on this machine, else host and port; tls: how to speak to that port."""

    unix_path: str = ""
    host: str = ""
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def sdk_url(self) -> str:
        """The same for the SDK."""
        if self.unix_path:
            return f"unix://{self.unix_path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"


def resolve(engine: NodeEngine) -> Address:
    """Read the node's address; empty means DOCKER_HOST, else the local socket. Reads and writes small files.

    Raises InvalidInput for an address or certificates that make no sense.
    """
    if not engine.address:
        engine = _from_environment(engine)
    parts = urlsplit(engine.address)
    if parts.scheme == "unix" and parts.path:
        return Address(unix_path=parts.netloc + parts.path)
    if parts.scheme not in ("tcp", "http", "https") or not parts.hostname:
        raise InvalidInput("The address must be unix:///path or tcp://host:port.", field="address")
    tls = _tls_context(engine) if _wants_tls(engine, parts.scheme) else None
    return Address(host=parts.hostname, port=_port(engine.address, tls is not None), tls=tls)


def _from_environment(engine: NodeEngine) -> NodeEngine:
    address = os.environ.get("DOCKER_HOST") or DEFAULT_ADDRESS
    if not os.environ.get("DOCKER_TLS_VERIFY") or engine.tls_ca:
        return _with(engine, address, engine.tls_ca, engine.tls_cert, engine.tls_key)
    folder = Path(os.environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    try:
        ca, cert, key = ((folder / f"{part}.pem").read_text() for part in ("ca", "cert", "key"))
    except OSError as missing:
        raise InvalidInput("DOCKER_CERT_PATH lacks ca.pem, cert.pem or key.pem.", field="address") from missing
    return _with(engine, address, ca, cert, key)


def _with(engine: NodeEngine, address: str, ca: str | None, cert: str | None, key: str | None) -> NodeEngine:
    return NodeEngine(engine.node_id, engine.driver, address, tls_ca=ca, tls_cert=cert, tls_key=key)


def _wants_tls(engine: NodeEngine, scheme: str) -> bool:
    return scheme == "https" or any((engine.tls_ca, engine.tls_cert, engine.tls_key))


def _port(address: str, tls: bool) -> int:
    try:
        return urlsplit(address).port or (TLS_PORT if tls else PLAIN_PORT)
    except ValueError as wrong:
        raise InvalidInput("The port of the address must be between 1 and 65535.", field="address") from wrong


def _tls_context(engine: NodeEngine) -> ssl.SSLContext:
    """Trusts the node's own CA alone where one is given; shows our certificate where the engine wants it."""
    if bool(engine.tls_cert) != bool(engine.tls_key):
        raise InvalidInput("A TLS certificate and its key belong together.", field="tls_cert")
    try:
        context = ssl.create_default_context(cadata=engine.tls_ca)
        if engine.tls_cert and engine.tls_key:
            _load_pair(context, engine.tls_cert, engine.tls_key)
    except (ssl.SSLError, ValueError) as wrong:
        raise InvalidInput("The TLS certificates of this node cannot be read.", field="tls_cert") from wrong
    return context


def _load_pair(context: ssl.SSLContext, cert: str, key: str) -> None:
    """The ssl module reads a pair from files only, so they live in a private folder for this moment."""
    with TemporaryDirectory(prefix="gatehouse-tls-") as folder:
        file = Path(folder) / "pair.pem"
        file.touch(mode=0o600)
        file.write_text(f"{key.strip()}\n{cert.strip()}\n")
        context.load_cert_chain(file)
