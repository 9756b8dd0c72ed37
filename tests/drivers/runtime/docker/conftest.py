"""A DockerRuntime on the real engine, and instances that are gone after the test."""

from __future__ import annotations

import asyncio
import io
import shutil
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import docker
import pytest

from domain.limits import MIB
from domain.ports.runtime import NodeEngine, RuntimeSpec
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.names import OWNER

Specify = Callable[..., RuntimeSpec]
Run = Callable[..., Awaitable[RuntimeSpec]]


@pytest.fixture
def owner() -> str:
    return f"test-{uuid4()}"


@pytest.fixture
def docker_node(docker_engine: str) -> NodeEngine:
    return NodeEngine(uuid4(), "docker", docker_engine)


@pytest.fixture
def sdk(docker_engine: str) -> Iterator[docker.APIClient]:
    """The engine as somebody else sees it."""
    client = docker.APIClient(base_url=docker_engine)
    yield client
    client.close()


@pytest.fixture
async def runtime(docker_node: NodeEngine, owner: str, sdk: docker.APIClient) -> AsyncIterator[DockerRuntime]:
    runtime = DockerRuntime(docker_node, owner=owner)
    yield runtime
    for observed in await runtime.list_instances():
        await runtime.destroy(observed.instance_id)
    await runtime.close()
    leftovers = await asyncio.to_thread(left_of, sdk, owner)
    await asyncio.to_thread(_remove_images, sdk, owner)
    assert leftovers == []


def left_of(sdk: docker.APIClient, owner: str) -> list[str]:
    """Names of an owner's containers and volumes."""
    mine: dict[str, Any] = {"label": f"{OWNER}={owner}"}
    containers = sdk.containers(all=True, filters=mine)
    volumes = sdk.volumes(filters=mine)["Volumes"] or []
    return [container["Names"][0] for container in containers] + [volume["Name"] for volume in volumes]


def _remove_images(sdk: docker.APIClient, owner: str) -> None:
    """Children before their parents, which the engine refuses to remove until then."""
    while images := sdk.images(filters={"label": f"{OWNER}={owner}"}):
        refused = [image["Id"] for image in images if not _removed(sdk, image["Id"])]
        assert len(refused) < len(images), f"images stay: {refused}"


def _removed(sdk: docker.APIClient, image_id: str) -> bool:
    try:
        sdk.remove_image(image_id, force=True)
    except docker.errors.APIError as refused:
        return refused.status_code == 404
    return True


@pytest.fixture
def specify(busybox_image: str) -> Specify:
    """A small instance's spec; keywords change it. command may be one string for the shell."""

    def make(command: str | tuple[str, ...] | None = None, **changes: Any) -> RuntimeSpec:
        words = ("sh", "-c", command) if isinstance(command, str) else command
        plain: dict[str, Any] = {
            "instance_id": uuid4(),
            "name": "web",
            "image": busybox_image,
            "memory_bytes": 32 * MIB,
            "cpu_millis": 500,
            "command": words,
        }
        return RuntimeSpec(**{**plain, **changes})

    return make


@pytest.fixture
def run(runtime: DockerRuntime, specify: Specify) -> Run:
    """Create and start an instance."""

    async def go(command: str | tuple[str, ...] | None = None, **changes: Any) -> RuntimeSpec:
        spec = specify(command, **changes)
        await runtime.create(spec)
        await runtime.start(spec.instance_id)
        return spec

    return go


async def logged(runtime: DockerRuntime, instance_id: UUID, text: str) -> None:
    """Wait until a line of the log is this text."""
    async with asyncio.timeout(20), runtime.logs(instance_id, follow=True) as lines:
        async for line in lines:
            if line.text == text:
                return
    raise AssertionError(f"the log ended without {text!r}")


async def shell(runtime: DockerRuntime, instance_id: UUID, script: str) -> str:
    """What a script prints inside."""
    result = await runtime.run_command(instance_id, ("sh", "-c", script))
    assert result.exit_code == 0, result
    return result.stdout


@pytest.fixture
def image_with_volume(sdk: docker.APIClient, busybox_image: str, owner: str) -> str:
    """The busybox image with a folder /var/store that it declares a volume, as database images do."""
    maker = sdk.create_container(
        busybox_image, ["sh", "-c", "mkdir -p /var/store && echo from the image > /var/store/seed"]
    )
    sdk.start(maker["Id"])
    sdk.wait(maker["Id"])
    repository = f"gatehouse-test/{owner}"
    sdk.commit(maker["Id"], repository, "1", changes=["VOLUME /var/store", f"LABEL {OWNER}={owner}"])
    sdk.remove_container(maker["Id"])
    return f"{repository}:1"


@pytest.fixture
def bare_image(sdk: docker.APIClient, owner: str) -> str:
    """An image of one file, /busybox: no shell, no /bin."""
    out = io.BytesIO()
    busybox = shutil.which("busybox")
    assert busybox is not None
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.add(busybox, "busybox")
    repository = f"gatehouse-test/{owner}-bare"
    sdk.import_image_from_data(out.getvalue(), repository, "1", changes=[f"LABEL {OWNER}={owner}"])
    return f"{repository}:1"
