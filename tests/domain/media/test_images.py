"""Copies of images: upright, small enough, without what the camera wrote; bombs and broken files refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from domain.errors import InvalidInput
from domain.media.images import Order, dimensions, make_copies
from tests.domain.files.uploads import opened, picture

ORDERS = [Order("tn", 256, "webp"), Order("sd", 720, "webp"), Order("md", 1280, "webp"), Order("hd", 1920, "webp")]
PIXELS = 80_000_000
RED = (254, 0, 0)


def camera_picture(orientation: int = 1) -> bytes:
    """With a place, a camera's name and an XMP packet in it."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Camera of mine"
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 30.0, 0.0), 3: "E", 4: (19.0, 3.0, 0.0)})
    return picture(exif=exif.tobytes(), xmp=b"<x:xmpmeta>Camera of mine</x:xmpmeta>")


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises that many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 4096)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_each_size_up_to_the_first_that_holds_all_of_it() -> None:
    made = make_copies(picture(900, 600), ORDERS, PIXELS)
    assert (made.width, made.height) == (900, 600)
    assert [(copy.quality, copy.width, copy.height) for copy in made.copies] == [
        ("tn", 256, 171),
        ("sd", 720, 480),
        ("md", 900, 600),
    ]
    assert {opened(copy.content).format for copy in made.copies} == {"WEBP"}


@pytest.mark.parametrize("image_format", ["webp", "avif", "jpeg", "png"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "LA"])
def test_every_format_takes_every_kind_of_picture(image_format: str, mode: str) -> None:
    source = picture(64, 64, "PNG", mode="RGBA")
    out = io.BytesIO()
    opened(source).convert(mode).save(out, "PNG")
    made = make_copies(out.getvalue(), [Order("tn", 32, image_format)], PIXELS)
    assert opened(made.copies[0].content).size == (32, 32)


@pytest.mark.parametrize("image_format", ["webp", "avif", "jpeg", "png"])
def test_nothing_that_the_camera_wrote_is_left(image_format: str) -> None:
    source = camera_picture()
    assert b"Camera of mine" in source
    made = make_copies(source, [Order("tn", 256, image_format)], PIXELS)
    copy = opened(made.copies[0].content)
    assert made.tells_more
    assert not copy.getexif()
    assert b"Camera of mine" not in made.copies[0].content
    assert "xmp" not in copy.info


def test_a_picture_without_such_notes_tells_nothing_more() -> None:
    assert not make_copies(picture(), ORDERS, PIXELS).tells_more


def test_it_stands_upright_whatever_way_the_camera_was_held() -> None:
    source = camera_picture(orientation=6)  # turned clockwise to be seen: the red half, left, comes to the top
    made = make_copies(source, [Order("tn", 256, "png")], PIXELS)
    copy = opened(made.copies[0].content).convert("RGB")
    assert (made.width, made.height) == (600, 900)
    assert (copy.width, copy.height) == (171, 256)
    top, bottom = copy.getpixel((80, 20)), copy.getpixel((80, 236))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > 50 > top[2]
    assert bottom[2] > 200 > 50 > bottom[0]
    assert dimensions(source, PIXELS) == (600, 900)


def test_of_an_animation_the_first_picture_counts() -> None:
    frames = [Image.new("RGB", (200, 100), colour) for colour in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], loop=0)
    copy = opened(make_copies(out.getvalue(), [Order("tn", 100, "webp")], PIXELS).copies[0].content)
    assert not getattr(copy, "is_animated", False)
    pixel = copy.convert("RGB").getpixel((50, 25))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200 > 60 > pixel[2]


def test_a_picture_that_claims_too_many_pixels_is_refused_unseen() -> None:
    bomb = claiming(60_000, 60_000)
    for look in (lambda: dimensions(bomb, PIXELS), lambda: make_copies(bomb, ORDERS, PIXELS)):
        with pytest.raises(InvalidInput, match="pixels"):
            look()


@pytest.mark.parametrize("cut", [40, 300, 1500])
def test_a_truncated_picture_is_refused(cut: int) -> None:
    with pytest.raises(InvalidInput):
        make_copies(picture()[:cut], ORDERS, PIXELS)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<svg/>", b"MM\x00*" * 9])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert dimensions(content, PIXELS) is None
    with pytest.raises(InvalidInput):
        make_copies(content, ORDERS, PIXELS)


def test_a_head_is_enough_to_know_the_size() -> None:
    assert dimensions(picture(4000, 3000)[: 16 * 1024], PIXELS) == (4000, 3000)
