from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from domain.errors import InvalidInput, NotFound, Unavailable
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.names import data_reference, split_reference
from tests.drivers.runtime.docker.registry import NAME, Registry
from tests.engines.process import free_port

pytestmark = pytest.mark.docker


class Told(list[tuple[int | None, str]]):
    """What a progress callback was told."""

    async def __call__(self, percent: int | None, text: str) -> None:
        self.append((percent, text))


@pytest.fixture
def registry(sdk: docker.APIClient) -> Iterator[Registry]:
    with Registry() as registry:
        yield registry
        for image in sdk.images(f"{registry.host}/{NAME}"):
            sdk.remove_image(image["Id"], force=True)


async def test_a_local_image_is_used_as_it_is(runtime: DockerRuntime, busybox_image: str) -> None:
    told = Told()
    await runtime.prepare_image(busybox_image, told)
    assert told == [(100, "The image is on the node.")]


async def test_a_pull_tells_its_way_and_the_image_is_there(runtime: DockerRuntime, registry: Registry) -> None:
    told = Told()
    image = f"{registry.host}/{NAME}:1"
    await runtime.prepare_image(image, told)
    percents = [percent for percent, _ in told if percent is not None]
    assert len(percents) >= 4
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (0, 100)
    assert (99, "Pulling the image: 2 of 2 layers are here.") in told
    again = Told()
    await runtime.prepare_image(image, again)
    assert len(again) == 1


async def test_a_pull_by_digest_works(runtime: DockerRuntime, registry: Registry) -> None:
    digest = next(path.rsplit("/", 1)[1] for path in registry.answers if "manifests/sha256:" in path)
    await runtime.prepare_image(f"{registry.host}/{NAME}@{digest}", Told())


async def test_an_image_that_the_registry_lacks_is_not_found(runtime: DockerRuntime, registry: Registry) -> None:
    image = f"{registry.host}/{NAME}:2"
    with pytest.raises(NotFound, match="no such image") as caught:
        await runtime.prepare_image(image, Told())
    assert caught.value.details == {"image": image}


async def test_a_registry_that_breaks_off_is_unavailable(runtime: DockerRuntime, registry: Registry) -> None:
    registry.answers = {
        path: (503, "text/plain", b"broken") if "/blobs/" in path else answer
        for path, answer in registry.answers.items()
    }
    with pytest.raises(Unavailable):
        await runtime.prepare_image(f"{registry.host}/{NAME}:1", Told())


async def test_a_registry_that_is_not_there_is_unavailable(runtime: DockerRuntime) -> None:
    with pytest.raises(Unavailable, match="registry cannot be reached"):
        await runtime.prepare_image(f"127.0.0.1:{free_port()}/{NAME}:1", Told())


async def test_a_callback_that_fails_ends_the_pull(runtime: DockerRuntime, registry: Registry) -> None:
    async def fail(_: int | None, __: str) -> None:
        raise RuntimeError("cancelled")

    with pytest.raises(RuntimeError):
        await runtime.prepare_image(f"{registry.host}/{NAME}:1", fail)


@pytest.mark.parametrize("wrong", ["", "Upper/Case", "a b", "x:y:z"])
async def test_what_is_no_images_name_is_refused(runtime: DockerRuntime, wrong: str) -> None:
    with pytest.raises(InvalidInput):
        await runtime.prepare_image(wrong, Told())


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("alpine", ("alpine", "latest")),
        ("alpine:3", ("alpine", "3")),
        ("host:5000/a/b", ("host:5000/a/b", "latest")),
        ("host:5000/a/b:1", ("host:5000/a/b", "1")),
        ("a@sha256:beef", ("a", "sha256:beef")),
    ],
)
def test_a_reference_has_two_parts(image: str, parts: tuple[str, str]) -> None:
    assert split_reference(image) == parts


def test_each_path_of_a_copy_has_its_own_image() -> None:
    assert data_reference("a/b:1", "/data") != data_reference("a/b:1", "/var")
    assert data_reference("a/b:1", "/data").startswith("a/b-data:1-")
