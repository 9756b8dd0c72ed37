"""Images on the node: inspect, pull, remove."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from docker import APIClient, auth

from domain.errors import Conflict, InvalidInput, NotFound
from domain.ports.runtime import Progress
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.errors import EngineFault, translate
from drivers.runtime.docker.exchange import Exchange
from drivers.runtime.docker.names import OWNER, labels_of, split_reference
from drivers.runtime.docker.pull_progress import PullProgress


async def inspect_image(engine: Engine, image: str) -> dict[str, Any]:
    """The inspected local image. Raises NotFound, InvalidInput (no image's name)."""
    if not image:
        raise InvalidInput("That is not the name of an image.", field="image")
    try:
        return await engine.read(lambda sdk: _inspected(sdk, image))
    except NotFound as missing:
        raise NotFound("The image is not on this node.", image=image) from missing


def _inspected(sdk: Any, image: str) -> dict[str, Any]:
    return dict(sdk.inspect_image(image))


async def prepare_image(engine: Engine, image: str, progress: Progress) -> None:
    """Use the local image as it is, else pull it and report the way."""
    try:
        await inspect_image(engine, image)
    except NotFound:
        await _pull(engine, image, progress)
        await inspect_image(engine, image)
    await progress(100, "The image is on the node.")


async def _pull(engine: Engine, image: str, progress: Progress) -> None:
    repository, tag = split_reference(image)
    credentials = await engine.read(lambda sdk: _credentials(sdk, repository))
    told = PullProgress()
    try:
        query = {"fromImage": repository, "tag": tag}
        async with engine.exchange("POST", "/images/create", query, headers=credentials) as exchange:
            async for message in progress_messages(exchange):
                if news := told.update(message):
                    await progress(*news)
    except NotFound as missing:
        raise NotFound(missing.message, image=image) from missing


def _credentials(sdk: APIClient, repository: str) -> dict[str, str]:
    """What the gateway's own Docker configuration knows of the registry; may run a credential helper."""
    registry, _ = auth.resolve_repository_name(repository)
    header = auth.get_config_header(sdk, registry)
    return {"X-Registry-Auth": header.decode() if isinstance(header, bytes) else header} if header else {}


async def progress_messages(exchange: Exchange) -> AsyncIterator[dict[str, Any]]:
    """JSON messages of a pull or an import. Raises the domain error that the engine reports among them."""
    rest = b""
    async for piece in exchange:
        *lines, rest = (rest + piece).split(b"\n")
        for line in filter(bytes.strip, lines):
            yield _message(line)
    if rest.strip():
        yield _message(rest)


def _message(line: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(line)
    if "error" in message:
        fault = EngineFault(0, str(message["error"]))
        raise translate(fault) from fault
    return message


async def remove_image(engine: Engine, image: str) -> None:
    """Take a name, or an image without one, away; gone already is fine."""
    try:
        await engine.change(lambda sdk: sdk.remove_image(image, force=True), slow=True)
    except NotFound:
        return


async def remove_if_dangling(engine: Engine, image_id: str, owner: str) -> None:
    """Remove a discarded commit that only the container just removed was still made of."""
    try:
        image = await inspect_image(engine, image_id)
        if labels_of(image).get(OWNER) == owner and not image.get("RepoTags"):
            await engine.change(lambda sdk: sdk.remove_image(image_id), slow=True)
    except (NotFound, Conflict):
        return
