"""Uploads on a real socket: variants come by themselves, who leaves leaves nothing, who is slow harms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.domain.files.uploads import opened, picture
from tests.gateway.served import Served, served, settings_for, until

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
HEAD = (
    "POST /cloudillo/api/files/default/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    "Content-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n"
)


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(settings_for(tmp_path / "data")) as replica:
        yield replica


def bearer(gate: Served) -> dict[str, str]:
    return {"authorization": f"Bearer {gate.keys['cloudillo']}"}


async def half_an_upload(
    gate: Served, name: str, size: int, sent: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    writer.write(HEAD.format(name=name, key=gate.keys["cloudillo"], size=size).encode() + b"x" * sent)
    await writer.drain()
    return reader, writer


def files_under(gate: Served) -> list[Path]:
    root = gate.house.settings.data_dir / "blobs"
    return [path for path in root.rglob("*") if path.is_file()]


async def test_variants_appear_by_themselves(gate: Served) -> None:
    headers = {**bearer(gate), "content-type": "image/jpeg"}
    answer = await gate.client.post("/cloudillo/api/files/default/a.jpg", content=picture(), headers=headers)
    temporary = answer.json()["data"]["fileId"]
    path = f"/cloudillo/api/files/{temporary}"

    async def is_done() -> bool:
        shown = await gate.client.get(f"{path}/metadata", headers=bearer(gate))
        return bool(shown.json()["data"]["fileId"].startswith("f1~"))

    await until(is_done)
    thumbnail = await gate.client.get(f"{path}?variant=tn", headers=bearer(gate))
    assert opened(thumbnail.content).format == "WEBP"
    part = await gate.client.get(path, headers={**bearer(gate), "range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, b"\xff\xd8")


async def test_a_client_that_leaves_halfway_leaves_nothing(gate: Served) -> None:
    _, writer = await half_an_upload(gate, "half.bin", 50_000_000, 5_000_000)
    await until(lambda: _has_draft(gate, expected=True))
    writer.close()
    await writer.wait_closed()
    await until(lambda: _has_draft(gate, expected=False))
    assert files_under(gate) == []


async def test_a_slow_upload_keeps_nobody_waiting(gate: Served) -> None:
    reader, writer = await half_an_upload(gate, "slow.bin", 3_000_000, 2_000_000)
    await until(lambda: _has_draft(gate, expected=True))
    quick = await gate.client.post(
        "/cloudillo/api/files/default/quick.txt",
        content=b"quick",
        headers={**bearer(gate), "content-type": "text/plain"},
        timeout=5,
    )
    assert quick.status_code == 201
    writer.write(b"x" * 1_000_000)
    await writer.drain()
    assert b" 201 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()


async def test_what_is_announced_too_large_is_refused_before_it_comes(gate: Served) -> None:
    reader, writer = await half_an_upload(gate, "huge.bin", 10**12, 10)
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 10)
    assert files_under(gate) == []
    writer.close()
    await writer.wait_closed()


async def _has_draft(gate: Served, *, expected: bool) -> bool:
    drafts = gate.house.settings.data_dir / "blobs" / "drafts"
    found = await asyncio.to_thread(lambda: any(drafts.iterdir()) if drafts.is_dir() else False)
    return found is expected
