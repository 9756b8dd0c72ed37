from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import create_update_message

from realtime.crdt.protocol import (
    Kind,
    awareness_message,
    decode,
    read_var_uint,
    step1,
    step2,
    update_message,
    var_uint,
)


def test_says_the_contracts_bytes() -> None:
    assert step1(b"\0") == bytes.fromhex("00000100")
    assert step2(b"\0\0") == bytes.fromhex("0001020000")
    assert awareness_message(bytes.fromhex("0105007b7d")) == bytes.fromhex("01050105007b7d")


@pytest.mark.parametrize("size", [0, 1, 127, 128, 300, 70_000])
def test_reads_updates_of_any_length(size: int) -> None:
    update = bytes(size)
    assert update_message(update) == create_update_message(update)
    assert decode(update_message(update)) == (Kind.UPDATE, update)
    assert decode(step2(update)) == (Kind.STEP2, update)
    assert decode(step1(update)) == (Kind.STEP1, update)


def test_reads_awareness_and_its_query() -> None:
    assert decode(bytes.fromhex("01050105007b7d")) == (Kind.AWARENESS, bytes.fromhex("0105007b7d"))
    assert decode(b"\x03") == (Kind.QUERY_AWARENESS, b"")


def test_what_follows_the_payload_is_ignored() -> None:
    assert decode(update_message(b"\0\0") + b"more") == (Kind.UPDATE, b"\0\0")


@pytest.mark.parametrize(
    "frame",
    [b"", b"\0", b"\0\0", b"\0\3\0", b"\2\0", b"\7", b"\0\2\5ab", b"\0\2\xff", b"\1", b"\1\5a", b"\0\2" + b"\xff" * 20],
)
def test_what_cannot_be_read_means_nothing(frame: bytes) -> None:
    assert decode(frame) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(frame: bytes) -> None:
    decode(frame)


@given(st.integers(min_value=0, max_value=2**53 - 1))
def test_numbers_come_back(number: int) -> None:
    assert read_var_uint(b"x" + var_uint(number), 1) == (number, 1 + len(var_uint(number)))
