"""Images: their size before anything is decoded, and smaller copies without what cameras write beside the picture.

All of it computes and blocks: call it in a thread. Raises InvalidInput for what is no image, is broken or is a bomb.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps

from domain.errors import InvalidInput

READABLE = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")
MAKEABLE = {"webp": "WEBP", "avif": "AVIF", "jpeg": "JPEG", "png": "PNG"}
_OPTIONS: dict[str, dict[str, int | bool]] = {
    "webp": {"quality": 80, "method": 4},
    "avif": {"quality": 65, "speed": 8},
    "jpeg": {"quality": 82, "optimize": True, "progressive": True},
    "png": {"optimize": True},
}
ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Order:
    """One copy to make. longest_px: of its longer side. format: webp, avif, jpeg or png."""

    quality: str
    longest_px: int
    format: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One that was made."""

    quality: str
    format: str
    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Made:
    """width, height: of the picture as it is meant to be seen. tells_more: the original says where or with what it was
    taken."""

    width: int
    height: int
    tells_more: bool
    copies: list[Copy]


def dimensions(head: bytes, pixels_max: int) -> tuple[int, int] | None:
    """Width and height as it is meant to be seen; None when the first bytes do not tell. InvalidInput: a bomb."""
    try:
        with _opened(head, pixels_max) as image:
            return _upright_size(image)
    except _Unreadable:
        return None


def make_copies(content: bytes, orders: list[Order], pixels_max: int) -> Made:
    """The first frame in each size asked for, upright; no larger than the original, and nothing above the first size
    that reaches it."""
    with _opened(content, pixels_max) as image:
        width, height = _upright_size(image)
        wanted = _useful(orders, max(width, height))
        tells_more = bool(image.getexif()) or "xmp" in image.info
        picture = _decoded(image, max((order.longest_px for order in wanted), default=1))
        return Made(width, height, tells_more, [_copy(picture, order) for order in wanted])


class _Unreadable(InvalidInput):
    """No image that we know, or a broken one."""


@contextmanager
def _opened(content: bytes, pixels_max: int) -> Iterator[Image.Image]:
    """Nothing but the header is read; whatever a decoder stumbles over later comes out as InvalidInput."""
    try:
        with Image.open(io.BytesIO(content), formats=READABLE) as image:
            if image.width * image.height > pixels_max:
                raise InvalidInput(f"The image has more than {pixels_max} pixels.", field="content")
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise InvalidInput(f"The image has more than {pixels_max} pixels.", field="content") from exc
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, AttributeError) as exc:
        raise _Unreadable("The image cannot be read.", field="content") from exc


def _useful(orders: list[Order], longest_px: int) -> list[Order]:
    chosen: list[Order] = []
    for order in sorted(orders, key=lambda each: each.longest_px):
        chosen.append(order)
        if order.longest_px >= longest_px:
            break
    return chosen


def _decoded(image: Image.Image, longest_px: int) -> Image.Image:
    """Upright, in RGB or RGBA, at most as large as is needed: a JPEG is decoded at a fraction of its size."""
    share = min(1.0, longest_px / max(image.size))
    image.draft("RGB", (round(image.width * share), round(image.height * share)))
    image.load()
    upright = ImageOps.exif_transpose(image)
    has_alpha = "A" in upright.getbands() or "transparency" in upright.info
    profile = upright.info.get("icc_profile") if upright.mode in ("RGB", "RGBA") else None
    plain = upright.convert("RGBA" if has_alpha else "RGB")
    # Encoders write what they find here beside the picture: EXIF, XMP, comments. Only its colours belong to it.
    plain.info = {"icc_profile": profile} if profile else {}
    plain.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return plain


def _copy(picture: Image.Image, order: Order) -> Copy:
    small = picture.copy()
    small.thumbnail((order.longest_px, order.longest_px), Image.Resampling.LANCZOS)
    if order.format == "jpeg" and small.mode == "RGBA":
        ground = Image.new("RGB", small.size, "white")
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    out = io.BytesIO()
    profile = picture.info.get("icc_profile")
    small.save(out, MAKEABLE[order.format], icc_profile=profile, **_OPTIONS[order.format])
    return Copy(order.quality, order.format, out.getvalue(), small.width, small.height)


def _upright_size(image: Image.Image) -> tuple[int, int]:
    turned = image.getexif().get(ORIENTATION) in (5, 6, 7, 8)
    return (image.height, image.width) if turned else (image.width, image.height)
