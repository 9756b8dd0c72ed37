from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from domain.errors import InvalidInput
from domain.ports.runtime import NodeEngine
from drivers.runtime.docker.address import resolve
from tests.drivers.runtime.docker.certificates import Authority


def _node(address: str, **tls: str) -> NodeEngine:
    return NodeEngine(uuid4(), "docker", address, **tls)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("unix:///var/run/docker.sock", ("/var/run/docker.sock", "", 0)),
        ("tcp://10.0.0.1", ("", "10.0.0.1", 2375)),
        ("tcp://node.example:1234", ("", "node.example", 1234)),
        ("http://10.0.0.1:80", ("", "10.0.0.1", 80)),
        ("tcp://[::1]:2375", ("", "::1", 2375)),
    ],
)
def test_an_address_is_read(address: str, expected: tuple[str, str, int]) -> None:
    read = resolve(_node(address))
    assert (read.unix_path, read.host, read.port) == expected
    assert read.tls is None


@pytest.mark.parametrize(
    "wrong", ["docker.sock", "unix://", "ssh://host", "tcp://", "tcp://host:99999", "tcp://host:x", "npipe:////./x"]
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        resolve(_node(wrong))
    assert caught.value.details == {"field": "address"}


def test_the_sdk_gets_the_same_address() -> None:
    assert resolve(_node("unix:///a/b.sock")).sdk_url == "unix:///a/b.sock"
    assert resolve(_node("tcp://[::1]:99")).sdk_url == "tcp://[::1]:99"


def test_certificates_mean_tls_and_its_port() -> None:
    authority = Authority()
    cert, key = authority.issue("client")
    read = resolve(_node("tcp://node", tls_ca=authority.pem, tls_cert=cert, tls_key=key))
    assert read.port == 2376
    assert read.tls is not None
    assert len(read.tls.get_ca_certs()) == 1
    assert resolve(_node("https://node")).tls is not None


def test_certificates_that_make_no_sense_are_refused() -> None:
    authority = Authority()
    cert, key = authority.issue("client")
    _, other_key = authority.issue("other")
    for tls in (
        {"tls_cert": cert},
        {"tls_key": key},
        {"tls_cert": cert, "tls_key": other_key},
        {"tls_cert": "no pem", "tls_key": key},
        {"tls_ca": "no pem"},
    ):
        with pytest.raises(InvalidInput):
            resolve(_node("tcp://node", **tls))


def test_an_empty_address_is_the_environments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_TLS_VERIFY", raising=False)
    assert resolve(_node("")).unix_path == "/var/run/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", "tcp://node:5")
    assert resolve(_node("")).tls is None
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    with pytest.raises(InvalidInput, match=r"ca\.pem"):
        resolve(_node(""))
    authority = Authority()
    cert, key = authority.issue("client")
    for part, text in (("ca", authority.pem), ("cert", cert), ("key", key)):
        (tmp_path / f"{part}.pem").write_text(text)
    read = resolve(_node(""))
    assert (read.host, read.port) == ("node", 5)
    assert read.tls is not None
