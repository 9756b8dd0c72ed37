"""The image: built in stages, run by nobody special, and asked whether it is well."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.deploy.dockerfile import Dockerfile, read_dockerfile
from tests.drivers.runtime.docker.certificates import Authority

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def dockerfile() -> Dockerfile:
    return read_dockerfile(REPOSITORY / "Dockerfile")


def test_what_builds_is_left_behind(dockerfile: Dockerfile) -> None:
    build, run = dockerfile.stages
    assert build.name == "build"
    assert [text for text in run.all("COPY") if not text.startswith(f"--from={build.name} ")] == []
    assert any("--require-hashes -r requirements.lock" in text for text in build.all("RUN"))
    assert not any("pip" in text for text in run.all("RUN"))


def test_every_base_is_pinned_and_may_be_replaced(dockerfile: Dockerfile) -> None:
    for stage in dockerfile.stages:
        assert stage.base == "${BASE}"
        _, _, tag = dockerfile.base_of(stage).partition(":")
        assert tag not in ("", "latest")


def test_it_does_not_run_as_root(dockerfile: Dockerfile) -> None:
    run = dockerfile.stages[-1]
    names = [instruction.name for instruction in run.instructions]
    assert run.all("USER")[-1] not in ("root", "0")
    assert "RUN" not in names[names.index("USER") :]
    assert any("useradd --uid 10001 --user-group" in text for text in run.all("RUN"))


def test_all_packages_of_the_program_are_copied(dockerfile: Dockerfile) -> None:
    copied = {text.split()[0] for text in dockerfile.stages[0].all("COPY")}
    packages = {"domain", "drivers", "gateway", "realtime", "rest_compat"}
    assert packages <= copied
    ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in packages | {"requirements.lock", "pyproject.toml", "README.md"}} <= set(ignored)


def test_it_serves_where_the_outside_can_reach_it_and_keeps_its_data_in_a_volume(dockerfile: Dockerfile) -> None:
    run = dockerfile.stages[-1]
    environment = dict(pair.split("=", 1) for pair in run.all("ENV")[0].split())
    assert (environment["GATEHOUSE_HOST"], environment["GATEHOUSE_PORT"]) == ("0.0.0.0", "8080")
    assert run.all("EXPOSE") == ["8080"]
    assert run.all("VOLUME") == [environment["GATEHOUSE_DATA_DIR"]]
    assert json.loads(run.all("ENTRYPOINT")[0])[-1] == "gatehouse"
    assert json.loads(run.all("CMD")[0]) == ["serve"]


class Well(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


class Ill(Well):
    status = 503


@pytest.mark.parametrize(("server_kind", "code"), [(Well, 0), (Ill, 1)])
def test_its_health_check_tells_well_from_ill(dockerfile: Dockerfile, server_kind: type[Well], code: int) -> None:
    options, _, command = dockerfile.stages[-1].all("HEALTHCHECK")[0].partition("CMD ")
    assert all(option in options for option in ("--interval=", "--timeout=", "--start-period=", "--retries="))
    with HTTPServer(("127.0.0.1", 0), server_kind) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        _, *arguments = json.loads(command)
        environment = {"GATEHOUSE_PORT": str(server.server_port)}
        ran = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)
        server.shutdown()
    assert ran.returncode == code


def test_its_health_check_follows_to_https(dockerfile: Dockerfile, tmp_path: Path) -> None:
    """Where GATEHOUSE_TLS_CERTIFICATES is set the port speaks only TLS, with a certificate for other names."""
    certificate, key = Authority().issue("cl-o.gatehouse.localhost")
    (tmp_path / "both.pem").write_text(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    _, *arguments = json.loads(dockerfile.stages[-1].all("HEALTHCHECK")[0].partition("CMD ")[2])
    with HTTPServer(("127.0.0.1", 0), Well) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            "GATEHOUSE_PORT": str(server.server_port),
            "GATEHOUSE_TLS_CERTIFICATES": str(tmp_path / "both.pem"),
        }
        ran = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)
        server.shutdown()
    assert ran.returncode == 0, ran.stderr
