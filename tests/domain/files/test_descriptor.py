"""Descriptors to the letter, and presets."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass

import pytest

from domain.errors import InvalidInput
from domain.files.descriptor import descriptor_of, file_id_of
from domain.files.presets import PRESETS, TIERS, capped, check_allowed, preset_named
from domain.media.kinds import MediaClass, class_of, format_of, settled_type, sniff


@dataclass
class Variant:
    variant_class: str
    quality: str
    blob_id: str
    format: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    bitrate_kbps: int | None = None
    pages: int | None = None


def test_a_descriptor_names_all_smallest_first() -> None:
    film = Variant(
        variant_class="vid", quality="sd", blob_id="b1~F", format="mp4", size_bytes=900, width=720, height=404,
        duration_s=12.5, bitrate_kbps=800,
    )  # fmt: skip
    page = Variant(
        variant_class="vis", quality="tn", blob_id="b1~P", format="webp", size_bytes=90, width=256, height=144, pages=3
    )
    text = "d2,vis.tn:b1~P:f=webp:s=90:r=256x144:pg=3;vid.sd:b1~F:f=mp4:s=900:r=720x404:dur=12.5:br=800"
    assert descriptor_of([film, page]) == text
    assert descriptor_of([page], "ROOT") == "d2,R=ROOT;vis.tn:b1~P:f=webp:s=90:r=256x144:pg=3"
    digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    assert file_id_of(text) == f"f1~{digest}"


def test_whatever_order_they_come_in_the_id_is_one() -> None:
    rows = [
        Variant(variant_class="vis", quality=quality, blob_id=f"b1~{quality}", format="webp", size_bytes=5)
        for quality in ("tn", "sd", "md")
    ]
    assert len({file_id_of(descriptor_of(order)) for order in (rows, rows[::-1], [rows[1], rows[0], rows[2]])}) == 1


def test_an_unknown_preset_is_the_default() -> None:
    assert preset_named("nonsense") is PRESETS["default"]
    assert {"default", "file", "podcast", "archive", "high_quality", "mobile", "video", "profile-picture", "cover",
            "orig-only", "thumbnail-only", "apkg", "site"} == set(PRESETS)  # fmt: skip


def test_a_preset_takes_only_its_classes() -> None:
    check_allowed(PRESETS["podcast"], MediaClass.AUDIO)
    for name, media in (("podcast", MediaClass.VIDEO), ("cover", MediaClass.RAW), ("thumbnail-only", MediaClass.RAW)):
        with pytest.raises(InvalidInput):
            check_allowed(PRESETS[name], media)


def test_sizes_end_at_the_largest_allowed() -> None:
    assert capped(("tn", "sd", "md", "hd", "xd"), "md") == ("tn", "sd", "md")
    assert capped(("sd", "hd"), "tn") == ("sd",)
    assert capped(tuple(TIERS), "orig") == tuple(TIERS)
    assert capped((), "hd") == ()


@pytest.mark.parametrize(
    ("head", "seen"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\0\0\0\x20ftypheic", "image/heic"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"RIFF\0\0\0\0????", None),
        (b"<svg>", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_what_it_is(head: bytes, seen: str | None) -> None:
    assert sniff(head) == seen


@pytest.mark.parametrize(
    ("content_type", "media", "word"),
    [
        ("image/svg+xml", MediaClass.VISUAL, "svg"),
        ("Video/MP4; codecs=x", MediaClass.VIDEO, "mp4"),
        ("application/pdf", MediaClass.DOCUMENT, "pdf"),
        ("text/plain; charset=utf-8", MediaClass.RAW, "txt"),
        ("application/vnd.oasis.opendocument.text", MediaClass.RAW, "vndoasisopendocu"),
        ("application/+", MediaClass.RAW, "bin"),
    ],
)
def test_a_type_has_a_class_and_a_short_word(content_type: str, media: MediaClass, word: str) -> None:
    assert (class_of(content_type), format_of(content_type)) == (media, word)


def test_a_page_is_not_an_image_whatever_is_said() -> None:
    assert settled_type("IMAGE/PNG", b"<html>") == "application/octet-stream"
