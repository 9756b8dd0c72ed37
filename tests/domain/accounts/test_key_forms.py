from __future__ import annotations

import re

import pytest

from domain.accounts.key_forms import KEY_DOORS, KEY_FORMS

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SHAPES = {
    "graphql": r"gh_[\w-]{43}",
    "skyport": "skyport_" + UUID4,
    "cloudzy": UUID4,
    "cloudron": r"[0-9a-f]{64}",
    "cloudillo": r"cl_[\w-]{43}",
    "quazzar_os": r"qzr_[\w-]{43}",
}


def test_every_door_with_keys_has_its_shape_here() -> None:
    assert set(KEY_DOORS) == set(SHAPES)


@pytest.mark.parametrize("door", SHAPES)
def test_a_key_has_the_form_its_clients_know(door: str) -> None:
    form = KEY_FORMS[door]
    text = form.make()
    assert re.fullmatch(SHAPES[door], text)
    assert text != form.make()


@pytest.mark.parametrize("door", SHAPES)
def test_lists_show_little_of_it(door: str) -> None:
    form = KEY_FORMS[door]
    assert form.shown <= 24
    assert len(form.make()) - form.shown >= 28


@pytest.mark.parametrize("door", SHAPES)
def test_no_key_looks_like_an_access_token(door: str) -> None:
    assert "." not in KEY_FORMS[door].make()
