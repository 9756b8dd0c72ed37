"""How each copy is made: the program and its arguments. Files lie in one folder and are named without a path."""

from __future__ import annotations

from collections.abc import Sequence

from domain.media.kinds import MediaClass
from domain.ports.media import MediaOrder

SOURCE = "source"
VIDEO_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,ogg,flv,asf"
AUDIO_FORMATS = "mp3,wav,flac,ogg,mov,mp4,m4a,3gp,3g2,mj2,aac,matroska,webm,aiff,asf"
"""Containers only: playlists and the like would make a program open other files."""

_RATES = {"sd": ("28", "96k"), "md": ("26", "128k"), "hd": ("24", "160k"), "xd": ("23", "192k")}
_SOUND = {"sd": "64k", "md": "128k", "hd": "192k", "xd": "256k"}
_CLEAN = ("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn")


def formats_for(media: MediaClass) -> str:
    return VIDEO_FORMATS if media is MediaClass.VIDEO else AUDIO_FORMATS


def video(order: MediaOrder, output: str) -> Sequence[str]:
    """H.264 and AAC, the longer side as ordered, upright, without what the camera wrote."""
    quality, sound = _RATES.get(order.quality, _RATES["sd"])
    return (
        *_ffmpeg(MediaClass.VIDEO), *_CLEAN, "-map", "0:v:0", "-map", "0:a:0?",
        "-vf", _fit(order.longest_px), "-c:v", "libx264", "-preset", "veryfast", "-crf", quality,
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", sound, "-ac", "2", "-movflags", "+faststart", output,
    )  # fmt: skip


def sound(order: MediaOrder, output: str) -> Sequence[str]:
    """AAC, without cover and notes."""
    rate = _SOUND.get(order.quality, _SOUND["md"])
    return (*_ffmpeg(MediaClass.AUDIO), *_CLEAN, "-vn", "-map", "0:a:0", "-c:a", "aac", "-b:a", rate, output)


def frame(longest_px: int, at_s: float, output: str) -> Sequence[str]:
    """One picture of a video, as PNG."""
    head = ("ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "2", "-protocol_whitelist", "file")
    seek = ("-ss", f"{at_s:g}", "-format_whitelist", VIDEO_FORMATS, "-i", f"file:{SOURCE}")
    return (*head, *seek, "-map", "0:v:0", "-frames:v", "1", "-vf", _fit(longest_px), "-f", "image2", output)


def first_page(longest_px: int, output: str) -> Sequence[str]:
    """Of a PDF, as PNG. output: without its ending, which the program adds."""
    return ("pdftoppm", "-png", "-singlefile", "-f", "1", "-l", "1", "-scale-to", str(longest_px), SOURCE, output)


def _ffmpeg(media: MediaClass) -> Sequence[str]:
    return (
        "ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "2", "-protocol_whitelist", "file",
        "-format_whitelist", formats_for(media), "-i", f"file:{SOURCE}",
    )  # fmt: skip


def _fit(longest_px: int) -> str:
    """No larger than it is; even sides, as the codec wants them."""
    side = f"min({longest_px},max(iw,ih))"
    return (
        f"scale=w='if(gte(iw,ih),{side},-2)':h='if(gte(iw,ih),-2,{side})',"
        "scale=w='trunc(iw/2)*2':h='trunc(ih/2)*2',setsar=1"
    )
