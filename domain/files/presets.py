"""Presets: which classes of media an upload may be of, and which variants are made of it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import InvalidInput
from domain.media.kinds import MediaClass

TIERS = {"pf": 80, "tn": 256, "sd": 720, "md": 1280, "hd": 1920, "xd": 3840}
"""Longest side in pixels, smallest first."""

QUALITIES = (*TIERS, "orig")
EVERYTHING = frozenset(MediaClass)
IMAGES = frozenset({MediaClass.VISUAL})


@dataclass(frozen=True, slots=True)
class Preset:
    """image, video, audio: the qualities that are made of each class; of videos and documents `image` also says which
    stills. keeps_original: otherwise it goes once variants stand in for it. is_raw: taken as bytes of no class."""

    name: str
    allows: frozenset[MediaClass] = EVERYTHING
    image: tuple[str, ...] = ()
    video: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    keeps_original: bool = True
    is_raw: bool = False


_STILLS = ("tn", "sd", "md", "hd")
PRESETS = {
    preset.name: preset
    for preset in (
        Preset("default", image=_STILLS, video=("sd", "md", "hd"), audio=("md",)),
        Preset("file", image=_STILLS, video=("sd", "md", "hd"), audio=("md",)),
        Preset("podcast", allows=frozenset({MediaClass.AUDIO, MediaClass.VISUAL}), image=_STILLS, audio=("sd", "md")),
        Preset("archive", image=("tn",)),
        Preset("high_quality", image=(*_STILLS, "xd"), video=("sd", "md", "hd"), audio=("md", "hd")),
        Preset("mobile", image=("tn", "sd", "md"), video=("sd",), audio=("sd",)),
        Preset(
            "video", allows=frozenset({MediaClass.VIDEO, MediaClass.VISUAL}), image=_STILLS, video=("sd", "md", "hd")
        ),
        Preset("profile-picture", allows=IMAGES, image=("pf", "tn", "sd", "md")),
        Preset("cover", allows=IMAGES, image=_STILLS),
        Preset("orig-only"),
        Preset("thumbnail-only", allows=EVERYTHING - {MediaClass.RAW}, image=("tn",), keeps_original=False),
        Preset("apkg", is_raw=True),
        Preset("site", is_raw=True),
    )
}


def preset_named(name: str) -> Preset:
    """An unknown name means default."""
    return PRESETS.get(name, PRESETS["default"])


def check_allowed(preset: Preset, media: MediaClass) -> None:
    """InvalidInput: this preset does not take that class of media."""
    if media not in preset.allows:
        raise InvalidInput(f"The preset {preset.name} does not take {media.name.lower()} files.", field="content_type")


def capped(qualities: tuple[str, ...], largest: str) -> tuple[str, ...]:
    """Those of the qualities that are no larger than the largest; at least the smallest of them."""
    order = list(TIERS)
    limit = order.index(largest) if largest in order else len(order)
    kept = tuple(quality for quality in qualities if order.index(quality) <= limit)
    return kept or qualities[:1]
