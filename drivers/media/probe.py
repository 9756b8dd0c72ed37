"""What ffprobe and pdfinfo say of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from domain.errors import InvalidInput
from drivers.media.running import run

PROBE_S = 20.0


@dataclass(frozen=True, slots=True)
class Shape:
    """width, height: of the picture as it is to be seen, None without one."""

    duration_s: float | None = None
    bitrate_kbps: int | None = None
    width: int | None = None
    height: int | None = None
    pages: int | None = None


async def shape_of(path: Path, formats: str) -> Shape:
    """Of a video or sound. formats: demuxers that may open it. InvalidInput: none of them can."""
    said = await run(
        ["ffprobe", "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", formats, "-of", "json",
         "-show_format", "-show_streams", "-i", f"file:{path.name}"],
        path.parent,
        PROBE_S,
    )  # fmt: skip
    try:
        found = msgspec.json.decode(said)
    except msgspec.DecodeError as exc:
        raise InvalidInput("This cannot be read.") from exc
    streams = [stream for stream in found.get("streams", []) if isinstance(stream, dict)]
    pictures = [each for each in streams if each.get("codec_type") == "video" and not _is_cover(each)]
    kept = found.get("format", {})
    picture = pictures[0] if pictures else {}
    return Shape(
        duration_s=_number(kept.get("duration")),
        bitrate_kbps=_thousands(kept.get("bit_rate")),
        width=picture.get("width"),
        height=picture.get("height"),
    )


async def pages_of(path: Path) -> int | None:
    """Of a PDF; None: it does not say."""
    for line in (await run(["pdfinfo", path.name], path.parent, PROBE_S)).decode(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name == "Pages" and value.strip().isdecimal():
            return int(value)
    return None


def _is_cover(stream: dict[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _number(text: Any) -> float | None:
    try:
        return round(float(text), 3)
    except (TypeError, ValueError):
        return None


def _thousands(text: Any) -> int | None:
    number = _number(text)
    return None if number is None else round(number / 1000)
