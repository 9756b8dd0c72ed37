"""Uploads for tests: bytes in chunks, pictures made on the spot, and a worker that makes their variants."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from typing import Any

from PIL import Image

from domain.access import Actor
from domain.files.upload import Uploaded, UploadSpec, upload
from domain.jobs.registry import KINDS
from domain.jobs.worker import Worker
from domain.ports import Ports

TEXT = b"hello, gatehouse"


async def in_chunks(content: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def uploaded(
    ports: Ports, actor: Actor, content: bytes = TEXT, content_type: str | None = "text/plain", **spec: Any
) -> Uploaded:
    """One upload into the actor's tenant."""
    assert actor.tenant_id is not None
    wanted = UploadSpec(name=spec.pop("name", "notes.txt"), content_type=content_type, **spec)
    return await upload(ports, actor, wanted, in_chunks(content), tenant_id=actor.tenant_id)


async def work_off(ports: Ports, kinds: Mapping[str, Any] = KINDS) -> None:
    """Run all queued jobs."""
    await Worker(ports, "test-worker", kinds).run_until_idle()


def picture(
    width: int = 900, height: int = 600, image_format: str = "JPEG", *, mode: str = "RGB", **options: Any
) -> bytes:
    """The left half red, the right half blue."""
    image = Image.new(mode, (width, height), "blue")
    image.paste(Image.new(mode, (width // 2, height), "red"), (0, 0))
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


async def stored_keys(ports: Ports) -> list[str]:
    return [key async for key in ports.storage.all_keys()]
