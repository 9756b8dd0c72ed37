"""A real Docker Engine, and an image that needs no registry.

One engine serves every run on the machine: the run that finds none starts it, the last one that still uses it
stops it, and one that somebody else started is left alone.
"""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import docker
import pytest

from tests.engines.busybox import DIGEST_LABEL, IMAGE_TAG, image_archive
from tests.engines.docker_socket import answering_socket, state_dir
from tests.engines.plugin import give_up, need

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def _lock_file(name: str) -> Path:
    """Beside the state folder, since that is removed together with the engine."""
    return state_dir().with_name(f"gatehouse-engine.{name}.lock")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with _lock_file("start").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start() -> str:
    started = subprocess.run([SCRIPTS / "engine-up.sh", state_dir()], capture_output=True, text=True, timeout=120)
    if started.returncode != 0:
        give_up("docker", started.stderr.strip() or "engine-up.sh failed")
    (state_dir() / "started-by-tests").touch()
    return started.stdout.strip().removeprefix("DOCKER_HOST=")


def _leave(users: IO[str]) -> None:
    """Give up our share; the last user of an engine that a test run started stops it."""
    with _one_at_a_time():
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if (state_dir() / "started-by-tests").exists():
            subprocess.run([SCRIPTS / "engine-down.sh", state_dir()], check=True, timeout=120)


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[str]:
    """The address (unix://…) of a Docker Engine that answers."""
    need("docker")
    found = answering_socket()
    if found is not None and not found.startswith(str(state_dir())):
        yield f"unix://{found}"
        return
    with _lock_file("users").open("w") as users:
        with _one_at_a_time():
            found = answering_socket()
            address = f"unix://{found}" if found else _start()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield address
        finally:
            _leave(users)


@pytest.fixture(scope="session")
def busybox_image(docker_engine: str) -> str:
    """The tag of an image with every busybox applet; its command serves /www (index.html) on port 80."""
    digest, archive = image_archive()
    client = docker.APIClient(base_url=docker_engine)
    try:
        if not client.images(filters={"label": f"{DIGEST_LABEL}={digest}", "reference": IMAGE_TAG}):
            client.import_image_from_data(
                archive,
                repository=IMAGE_TAG.split(":")[0],
                tag=IMAGE_TAG.split(":")[1],
                changes=[
                    'CMD ["/bin/httpd","-f","-p","80","-h","/www"]',
                    "ENV PATH=/bin",
                    "EXPOSE 80/tcp",
                    f"LABEL {DIGEST_LABEL}={digest}",
                ],
            )
    finally:
        client.close()
    return IMAGE_TAG
