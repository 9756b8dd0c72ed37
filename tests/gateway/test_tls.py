"""TLS ended by the gateway: real clients, a certificate authority of the test's own, names and renewals."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

import httpx2
import pytest
import websockets
from cryptography import x509

from gateway.faults import StartupError
from gateway.tls import Certificates
from tests.drivers.runtime.docker.certificates import Authority
from tests.gateway.served import served, settings_for

API = "cl-o.gatehouse.localhost"
OTHER = "other.example.org"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.pem)


def beside(authority: Authority, folder: Path, name: str) -> Path:
    """A certificate with its key beside it."""
    certificate, key = authority.issue(name)
    path = folder / f"{name}.pem"
    path.write_text(certificate)
    path.with_suffix(".key").write_text(key)
    return path


def as_certbot(authority: Authority, folder: Path, name: str) -> Path:
    """A folder as certbot makes it."""
    (folder / name).mkdir(exist_ok=True)
    certificate, key = authority.issue(name)
    (folder / name / "fullchain.pem").write_text(certificate)
    (folder / name / "privkey.pem").write_text(key)
    return folder / name


def names_seen(certificates: Certificates, authority: Authority, name: str) -> set[str]:
    """The names in the certificate that a client who asks for `name` is shown, over a handshake in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_context = trusting(authority)
    client_context.check_hostname = False
    client = client_context.wrap_bio(to_client, to_server, server_hostname=name)
    server = certificates.context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    shown = client.getpeercert(binary_form=True)
    assert shown is not None
    certificate = x509.load_der_x509_certificate(shown)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names.get_values_for_type(x509.DNSName))


def test_the_certificate_is_chosen_by_name(authority: Authority, tmp_path: Path) -> None:
    paths = [beside(authority, tmp_path, OTHER), as_certbot(authority, tmp_path, API)]
    certificates = Certificates([*paths, beside(authority, tmp_path, "*.wild.example.org")])
    assert names_seen(certificates, authority, API) == {API}
    assert names_seen(certificates, authority, API.upper()) == {API}
    assert names_seen(certificates, authority, "x.wild.example.org") == {"*.wild.example.org"}
    assert names_seen(certificates, authority, "unknown.example.org") == {OTHER}


def test_a_changed_file_is_read_anew_and_a_broken_one_is_not(authority: Authority, tmp_path: Path) -> None:
    path = beside(authority, tmp_path, OTHER)
    certificates = Certificates([path])
    path.write_text("half a certifica")
    certificates.renew()
    assert names_seen(certificates, authority, OTHER) == {OTHER}
    certificate, key = authority.issue("renewed.example.org")
    path.with_suffix(".key").write_text(key)
    path.write_text(certificate)
    os.utime(path, ns=(1, 1))
    certificates.renew()
    assert names_seen(certificates, authority, OTHER) == {"renewed.example.org"}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.pem"
    path.write_text("nothing of use")
    return path


def test_a_certificate_that_cannot_be_used_ends_the_start(broken: Path, tmp_path: Path) -> None:
    for path in (broken, tmp_path / "absent.pem", tmp_path):
        with pytest.raises(StartupError, match=r"GATEHOUSE_TLS_CERTIFICATES: .* cannot be used"):
            Certificates([path])


async def test_https_and_wss_at_the_host_of_a_tenant(authority: Authority, tmp_path: Path) -> None:
    paths = (beside(authority, tmp_path, OTHER), as_certbot(authority, tmp_path, API))
    async with served(settings_for(tmp_path / "data", tls_certificates=paths)) as replica:
        assert replica.house.settings.address().startswith("https://")
        client = httpx2.AsyncClient(verify=trusting(authority), base_url=f"https://127.0.0.1:{replica.port}")
        async with client:
            me = await client.get("/api/me", headers={"host": API}, extensions={"sni_hostname": API})
            assert (me.status_code, me.json()["data"]["idTag"]) == (200, "gatehouse.localhost")
            assert me.headers["strict-transport-security"] == "max-age=31536000"
        url, secured = f"wss://{API}/ws/crdt/nothing-here", trusting(authority)
        async with websockets.connect(url, ssl=secured, host="127.0.0.1", port=replica.port) as peer:
            with pytest.raises(websockets.ConnectionClosed):
                await peer.recv()
            assert peer.close_code in (4403, 4404)


async def test_plain_text_at_a_port_of_tls_is_dropped(authority: Authority, tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data", tls_certificates=(beside(authority, tmp_path, OTHER),))
    async with served(settings) as replica:
        async with httpx2.AsyncClient() as client:
            with pytest.raises(httpx2.TransportError):
                await client.get(f"http://127.0.0.1:{replica.port}/healthz")
        with socket.create_connection(("127.0.0.1", replica.port)):
            pass  # one that says nothing harms nobody
        async with httpx2.AsyncClient(verify=trusting(authority)) as client:
            answer = await client.get(f"https://127.0.0.1:{replica.port}/healthz")
            assert answer.status_code == 200
