"""Media by installed programs, each run on a copy of the file in a folder that goes away afterwards."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.errors import InvalidInput, Unavailable
from domain.media.images import Copy, Order, make_copies
from domain.media.kinds import MediaClass
from domain.ports.media import MediaCopy, MediaOrder
from drivers.media import recipes
from drivers.media.probe import Shape, pages_of, shape_of
from drivers.media.running import run

CHUNK_BYTES = 256 * 1024
STILL_S = 60.0
MEDIA_S = 900.0
STILL_PIXELS = 64_000_000
AT_ONCE = 1
"""Programs use all the processors there are by themselves."""

_NEEDED = {
    MediaClass.VIDEO: ("ffmpeg", "ffprobe"),
    MediaClass.AUDIO: ("ffmpeg", "ffprobe"),
    MediaClass.DOCUMENT: ("pdftoppm", "pdfinfo"),
}
_TYPES = {MediaClass.VIDEO: "video/mp4", MediaClass.AUDIO: "audio/mp4"}


@dataclass(slots=True)
class _FileCopy:
    """A file that a program has written."""

    order: MediaOrder
    path: Path
    content_type: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    bitrate_kbps: int | None = None
    pages: int | None = None

    async def read(self) -> AsyncIterator[bytes]:
        with self.path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk


class MediaPrograms:
    """folder: where copies are made; None: the machine's own. Programs that are not installed make nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._made = {media for media, names in _NEEDED.items() if all(shutil.which(name) for name in names)}
        self._turn = asyncio.Semaphore(AT_ONCE)

    def makes(self, media: MediaClass) -> bool:
        return media in self._made

    @asynccontextmanager
    async def copies(
        self, media: MediaClass, content: AsyncIterator[bytes], orders: Sequence[MediaOrder]
    ) -> AsyncIterator[Sequence[MediaCopy]]:
        if not self.makes(media):
            yield ()
            return
        async with self._turn:
            folder = await asyncio.to_thread(_new_folder, self._folder)
            try:
                await _spool(content, folder / recipes.SOURCE)
                yield await _make_all(media, folder, orders)
            finally:
                await asyncio.to_thread(shutil.rmtree, folder, True)

    async def close(self) -> None:
        """Nothing stays open between copies."""


def _new_folder(parent: Path | None) -> Path:
    try:
        if parent is not None:
            parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="gatehouse-media-", dir=parent))
    except OSError as exc:
        raise Unavailable("There is no room for converting media.") from exc


async def _spool(content: AsyncIterator[bytes], path: Path) -> None:
    try:
        with path.open("wb") as file:
            async for chunk in content:
                await asyncio.to_thread(file.write, chunk)
    except OSError as exc:
        raise Unavailable("There is no room for converting media.") from exc


async def _make_all(media: MediaClass, folder: Path, orders: Sequence[MediaOrder]) -> list[MediaCopy]:
    made: list[MediaCopy] = []
    if media is MediaClass.DOCUMENT:
        pages = await pages_of(folder / recipes.SOURCE)
        return [*await _stills(folder, orders, 0.0, media, pages)]
    shape = await shape_of(folder / recipes.SOURCE, recipes.formats_for(media))
    if media is MediaClass.VIDEO and not (shape.width and shape.height):
        raise InvalidInput("There is no picture in this video.")
    stills = [order for order in orders if order.variant_class is MediaClass.VISUAL]
    made += await _stills(folder, stills, min(3.0, (shape.duration_s or 0.0) / 10), media, None)
    for order in _useful([order for order in orders if order.variant_class is media], shape):
        made.append(await _converted(folder, order))
    return made


def _useful(orders: Sequence[MediaOrder], shape: Shape) -> list[MediaOrder]:
    """Up to the first that holds all of the picture; of sounds, those whose rate is below the original's."""
    chosen: list[MediaOrder] = []
    for order in sorted(orders, key=lambda each: each.longest_px):
        chosen.append(order)
        if order.longest_px and order.longest_px >= max(shape.width or 0, shape.height or 0):
            break
    return chosen


async def _converted(folder: Path, order: MediaOrder) -> MediaCopy:
    media = order.variant_class
    name = f"{order.quality}.mp4"
    recipe = recipes.video if media is MediaClass.VIDEO else recipes.sound
    await run(recipe(order, name), folder, MEDIA_S)
    shape = await shape_of(folder / name, recipes.formats_for(media))
    return _FileCopy(
        order, folder / name, _TYPES[media], shape.width, shape.height, shape.duration_s, shape.bitrate_kbps
    )


async def _stills(
    folder: Path, orders: Sequence[MediaOrder], at_s: float, media: MediaClass, pages: int | None
) -> list[MediaCopy]:
    """One picture by the program, in the largest size; the others are made of it."""
    if not orders:
        return []
    longest_px = max(order.longest_px for order in orders)
    if media is MediaClass.DOCUMENT:
        await run(recipes.first_page(longest_px, "still"), folder, STILL_S)
    else:
        await run(recipes.frame(longest_px, at_s, "still.png"), folder, STILL_S)
    wanted = [Order(order.quality, order.longest_px, order.format) for order in orders]
    copies = await asyncio.to_thread(_copies_of, folder / "still.png", wanted)
    by_quality = {order.quality: order for order in orders}
    return [await _kept(folder, by_quality[copy.quality], copy, pages) for copy in copies]


def _copies_of(path: Path, orders: list[Order]) -> list[Copy]:
    try:
        return make_copies(path.read_bytes(), orders, STILL_PIXELS).copies
    except OSError as exc:
        raise InvalidInput("There is no picture in this.") from exc


async def _kept(folder: Path, order: MediaOrder, copy: Copy, pages: int | None) -> MediaCopy:
    path = folder / f"still-{copy.quality}.{copy.format}"
    await asyncio.to_thread(path.write_bytes, copy.content)
    return _FileCopy(order, path, f"image/{copy.format}", copy.width, copy.height, pages=pages)
