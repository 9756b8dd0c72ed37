from __future__ import annotations

import asyncio

import argon2
import bcrypt
import pytest

from domain.accounts import passwords
from domain.accounts.passwords import (
    check_imported_hash,
    check_password,
    hash_password,
    needs_rehash,
    verify_password,
)
from domain.errors import InvalidInput

BCRYPT = bcrypt.hashpw(b"secret words", bcrypt.gensalt(4)).decode()


async def test_a_hash_is_argon2id_with_the_low_memory_profile() -> None:
    made = await hash_password("secret words")
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await verify_password(made, "secret words")
    assert not await verify_password(made, "secret word")
    assert not needs_rehash(made)


async def test_two_hashes_of_one_password_differ() -> None:
    first, second = await asyncio.gather(hash_password("same"), hash_password("same"))
    assert first != second


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
async def test_bcrypt_is_accepted_and_wants_to_be_rehashed(prefix: str) -> None:
    imported = prefix + BCRYPT[4:]
    check_imported_hash(imported)
    assert await verify_password(imported, "secret words")
    assert not await verify_password(imported, "other words")
    assert needs_rehash(imported)


async def test_bcrypt_ignores_what_lies_beyond_72_bytes_as_its_makers_did() -> None:
    imported = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert await verify_password(imported, "x" * 80)


def test_weaker_argon2_wants_to_be_rehashed() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("secret words")
    assert needs_rehash(weak)


async def test_nobody_has_no_right_password() -> None:
    assert not await verify_password(None, "")
    assert not await verify_password(None, "secret words")


def test_the_work_done_for_nobody_is_that_of_a_real_hash() -> None:
    assert not needs_rehash(passwords._NOBODY)


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$v=19$broken", "$2b$04$short"])
async def test_a_broken_hash_matches_nothing(stored: str) -> None:
    assert not await verify_password(stored, stored)


async def test_an_endless_password_is_wrong_without_being_hashed_whole() -> None:
    made = await hash_password("x" * 1024)
    assert await verify_password(made, "x" * 1024)
    assert not await verify_password(made, "x" * 1025)


async def test_any_text_can_be_a_password() -> None:
    strange = "käse\x00\ud800🧀"
    assert await verify_password(await hash_password(strange), strange)


@pytest.mark.parametrize(("password", "min_length"), [("", 1), ("", 0), ("seven77", 8), ("x" * 1025, 8)])
def test_lengths_are_limited(password: str, min_length: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_password(password, min_length, field="new")
    assert caught.value.details["field"] == "new"


def test_lengths_inside_the_limits_pass() -> None:
    check_password("eight888")
    check_password("x" * 1024)
    check_password("x", 1)


@pytest.mark.parametrize(
    "text", ["", "secret", "$2b$04$" + "x" * 52, BCRYPT.replace("$04$", "$31$"), BCRYPT + "x"], ids=range(5)
)
def test_only_affordable_bcrypt_is_imported(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_imported_hash(text)
