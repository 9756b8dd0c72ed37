from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from domain.errors import InvalidInput
from domain.models import Tenant
from domain.tenants.naming import check_slug, clean_line, free_slug, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Anna", "anna"),
        (" Anna's  Käse & Co. ", "anna-s-kase-co"),
        ("__", "tenant"),
        ("株式会社", "tenant"),
        ("x" * 100, "x" * 54),
        ("a" * 53 + " b", "a" * 53),
    ],
)
def test_a_slug_resembles_the_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@given(st.text(max_size=200))
def test_every_name_has_a_dns_safe_slug(name: str) -> None:
    slug = slug_of(name)
    assert check_slug(slug) == slug
    assert check_slug(f"{slug}-0123abcd")


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a.b", "a_b", "ä", "a\n", "x" * 64])
def test_what_is_no_dns_label_is_refused(slug: str) -> None:
    with pytest.raises(InvalidInput):
        check_slug(slug)


@pytest.mark.parametrize("slug", ["a", "0", "a--b", "x" * 63])
def test_dns_labels_pass(slug: str) -> None:
    assert check_slug(slug) == slug


async def test_a_taken_slug_gets_a_suffix(database: TortoiseContext) -> None:
    assert await free_slug("Anna") == "anna"
    await Tenant.create(slug="anna", name="Anna")
    free = await free_slug("Anna")
    assert free.startswith("anna-")
    assert len(free) == len("anna-") + 8


@pytest.mark.parametrize("text", ["", " ", "x" * 11, "a\tb", "\ud800"])
def test_a_line_is_short_and_printable(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_line(text, "name", 10)
    assert caught.value.details["field"] == "name"


def test_a_line_loses_its_blanks() -> None:
    assert clean_line("  a b ", "name", 3) == "a b"
