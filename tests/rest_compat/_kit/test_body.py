"""Bytes → values → shape."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from rest_compat._kit.body import parse_body, parse_pairs, shaped
from rest_compat._kit.faults import MissingField, UnreadableBody
from tests.rest_compat._kit.toy import NoteIn

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("raw", "content_type", "values"),
    [
        (b"", JSON, {}),
        (b"  ", "", {}),
        (b'{"a":1}', JSON, {"a": 1}),
        (b'{"a":1}', "", {"a": 1}),
        (b'{"a":1}', "text/plain", {"a": 1}),
        (b"a=1&b=&c=%C3%A9+x", FORM, {"a": "1", "b": "", "c": "é x"}),
        (b"a=1&a=2", FORM + "; charset=UTF-8", {"a": "2"}),
        (b"v[A]=1&v[B]=2", FORM, {"v": {"A": "1", "B": "2"}}),
        (b"v=1&v[B]=2", FORM, {"v": "1"}),
    ],
)
def test_json_and_forms_are_read(raw: bytes, content_type: str, values: dict[str, Any]) -> None:
    assert parse_body(raw, content_type) == values


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"{", JSON),
        (b"[1]", JSON),
        (b'"text"', JSON),
        (b"null", JSON),
        (b'{"a":"\xff"}', JSON),
        (b'{"a":NaN}', JSON),
        (b'{"a":"\\ud800"}', JSON),
        (b"[" * 100_000, JSON),
        (b"a=1&" * 1001 + b"b=2", FORM),
        (b"\xff", FORM),
        (b"--x\r\nContent-Disposition: form-data\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_what_cannot_be_read_is_refused(raw: bytes, content_type: str) -> None:
    with pytest.raises(UnreadableBody):
        parse_body(raw, content_type)


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [(b'{"a":"x\\u0000"}', JSON), (b'{"a":[{"b\\u0000":1}]}', JSON), (b"a=%00", FORM), (b"v[%00]=1", FORM)],
)
def test_nul_is_refused_wherever_it_stands(raw: bytes, content_type: str) -> None:
    with pytest.raises(InvalidInput, match="NUL"):
        parse_body(raw, content_type)


@pytest.mark.parametrize("values", [{}, {"text": None}, {"text": ""}])
def test_absent_null_and_empty_are_missing(values: dict[str, Any]) -> None:
    with pytest.raises(MissingField) as caught:
        shaped(values, NoteIn)
    assert caught.value.details == {"field": "text", "fields": ["text"]}


def test_a_wrong_kind_names_the_field() -> None:
    with pytest.raises(InvalidInput) as caught:
        shaped({"text": 5}, NoteIn)
    assert caught.value.message == "text: expected str, got int."
    assert caught.value.details == {"field": "text"}
    with pytest.raises(InvalidInput) as caught:
        shaped({"text": "a", "weightKg": []}, NoteIn)
    assert caught.value.details == {"field": "weightKg"}


def test_text_stays_text_where_text_is_allowed() -> None:
    assert shaped({"text": "5", "weightKg": "7"}, NoteIn, texts=True) == NoteIn(text="5", weight_kg="7")


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM, ""]))
def test_any_bytes_are_read_or_refused(raw: bytes, content_type: str) -> None:
    with suppress(InvalidInput):
        assert isinstance(parse_body(raw, content_type), dict)


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8))))
def test_any_pairs_become_values(pairs: list[tuple[str, str]]) -> None:
    assert len(parse_pairs(pairs)) <= len(pairs)
