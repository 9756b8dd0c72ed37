"""Copies by real programs, where they are installed: size, cleanliness, bounds, and files that mean harm."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from domain.errors import InvalidInput, Unavailable
from domain.media.kinds import MediaClass
from domain.ports.media import MediaCopy, MediaOrder
from drivers.media.programs import MediaPrograms
from drivers.media.running import run
from tests.domain.files.uploads import opened
from tests.gateway.served import until

PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]>>endobj
4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
needs_ffmpeg = pytest.mark.usefixtures("ffmpeg")
needs_poppler = pytest.mark.usefixtures("poppler")

VIDEO_ORDERS = [
    MediaOrder(MediaClass.VIDEO, "sd", 720, "mp4"),
    MediaOrder(MediaClass.VIDEO, "md", 1280, "mp4"),
    MediaOrder(MediaClass.VISUAL, "tn", 256, "webp"),
]


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def is_gone(pid: int) -> bool:
    """Within seconds; a zombie that nobody waits for is gone, too."""
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE or process.wait(5) is None
    except psutil.NoSuchProcess:
        return True


async def one(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def bytes_of(copy: MediaCopy) -> bytes:
    return b"".join([chunk async for chunk in copy.read()])


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Half a second, 480 x 270, with a tone and a title."""
    path = tmp_path_factory.mktemp("video") / "a.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc=size=480x270:rate=10:duration=0.5"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=0.5"]
    how = ["-metadata", "title=secret title", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", *picture, *sound, *how, str(path)], check=True)
    return path.read_bytes()


@needs_ffmpeg
async def test_a_video_gets_a_smaller_copy_and_a_still(video: bytes, tmp_path: Path) -> None:
    assert b"secret title" in video
    media = MediaPrograms(tmp_path)
    async with media.copies(MediaClass.VIDEO, one(video), VIDEO_ORDERS) as copies:
        still, film = copies
        assert (still.order.quality, still.content_type, still.width) == ("tn", "image/webp", 256)
        assert opened(await bytes_of(still)).size == (still.width, still.height)
        assert (film.order.quality, film.content_type, film.width, film.height) == ("sd", "video/mp4", 480, 270)
        assert film.duration_s == pytest.approx(0.5, abs=0.2)
        assert b"secret title" not in await bytes_of(film)
    assert left_in(tmp_path) == []


@needs_ffmpeg
async def test_a_sound_gets_a_copy(video: bytes, tmp_path: Path) -> None:
    order = MediaOrder(MediaClass.AUDIO, "md", 0, "m4a")
    async with MediaPrograms(tmp_path).copies(MediaClass.AUDIO, one(video), [order]) as copies:
        assert [(copy.content_type, copy.width) for copy in copies] == [("audio/mp4", None)]
        assert copies[0].duration_s == pytest.approx(0.5, abs=0.2)


@needs_poppler
async def test_a_document_shows_its_first_page(tmp_path: Path) -> None:
    orders = [MediaOrder(MediaClass.VISUAL, "tn", 256, "webp"), MediaOrder(MediaClass.VISUAL, "sd", 720, "webp")]
    async with MediaPrograms(tmp_path).copies(MediaClass.DOCUMENT, one(PDF), orders) as copies:
        assert [(copy.width, copy.height, copy.pages) for copy in copies] == [(256, 128, 2), (720, 360, 2)]


@needs_ffmpeg
@needs_poppler
@pytest.mark.parametrize("content", [b"", b"nothing of the kind", PLAYLIST, b"\0" * 5000])
@pytest.mark.parametrize("media", [MediaClass.VIDEO, MediaClass.AUDIO, MediaClass.DOCUMENT])
async def test_what_is_no_medium_is_refused(media: MediaClass, content: bytes, tmp_path: Path) -> None:
    orders = [MediaOrder(media, "sd", 720, "mp4"), MediaOrder(MediaClass.VISUAL, "tn", 256, "webp")]
    with pytest.raises(InvalidInput):
        async with MediaPrograms(tmp_path).copies(media, one(content), orders):
            pass
    assert left_in(tmp_path) == []


@needs_ffmpeg
async def test_a_truncated_video_is_refused(video: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        async with MediaPrograms(tmp_path).copies(MediaClass.VIDEO, one(video[: len(video) // 2]), VIDEO_ORDERS):
            pass


async def test_where_no_program_is_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    media = MediaPrograms(tmp_path)
    assert not media.makes(MediaClass.VIDEO)
    async with media.copies(MediaClass.VIDEO, one(b""), VIDEO_ORDERS) as copies:
        assert list(copies) == []


async def test_a_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(InvalidInput, match="too long"):
        await run(["sleep", "60"], tmp_path, timeout_s=0.2)
    assert time.monotonic() - started < 20


async def test_a_program_goes_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "child"

    async def has_child() -> bool:
        return note.is_file() and note.read_text().endswith("\n")

    script = "sleep 60 & echo $! > child; wait"
    running = asyncio.create_task(run(["sh", "-c", script], tmp_path, timeout_s=60))
    await until(has_child)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert is_gone(int(note.read_text()))


async def test_a_program_that_says_a_lot_fills_no_memory(tmp_path: Path) -> None:
    said = await run(["head", "-c", "5000000", "/dev/zero"], tmp_path, timeout_s=10)
    assert len(said) == 64 * 1024


async def test_a_program_that_fails_or_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        await run(["false"], tmp_path, timeout_s=5)
    with pytest.raises(Unavailable):
        await run(["no-such-program-here"], tmp_path, timeout_s=5)


async def test_no_room_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    media = MediaPrograms(tmp_path / "file" / "media")
    media._made.add(MediaClass.VIDEO)
    with pytest.raises(Unavailable):
        async with media.copies(MediaClass.VIDEO, one(b""), VIDEO_ORDERS):
            pass
