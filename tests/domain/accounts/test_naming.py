from __future__ import annotations

import pytest

from domain.accounts.naming import clean_email, clean_external_id, clean_username, key_of
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("name", "key"),
    [(" Anna ", "anna"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("ＡＮＮＡ", "anna"), ("É", "é")],
)
def test_names_that_look_alike_have_one_key(name: str, key: str) -> None:
    assert key_of(name) == key
    assert key_of(key) == key


def test_a_username_is_kept_as_given() -> None:
    assert clean_username("  Anna B. 🐝 ", "a@example.org") == "Anna B. 🐝"


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\x00b", "\ud800", "ß" * 60])
def test_a_username_is_one_short_line(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_username(name, "a@example.org")
    assert caught.value.details["field"] == "username"


@pytest.mark.parametrize("name", ["b@example.org", "@anna", "b＠example.org"])
def test_a_username_cannot_be_somebody_elses_email(name: str) -> None:
    with pytest.raises(InvalidInput):
        clean_username(name, "a@example.org")


def test_a_username_can_be_ones_own_email() -> None:
    assert clean_username("A@Example.org", "a@example.org") == "A@Example.org"


@pytest.mark.parametrize("email", ["a@b", "Anna.B+x@example.org", "ü@käse.example"])
def test_emails_pass(email: str) -> None:
    assert clean_email(f" {email} ") == email


@pytest.mark.parametrize("email", ["", "a", "@b", "a@", "a@b@c", "a b@c", "x" * 250 + "@b.de", "a\x00@b", "a＠@b"])
def test_what_is_no_email_is_refused(email: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_email(email)
    assert caught.value.details["field"] == "email"


def test_an_external_id_is_one_line_or_none() -> None:
    assert clean_external_id(None) is None
    assert clean_external_id(" 4711 ") == "4711"
    with pytest.raises(InvalidInput):
        clean_external_id("")
    with pytest.raises(InvalidInput):
        clean_external_id("x" * 129)
