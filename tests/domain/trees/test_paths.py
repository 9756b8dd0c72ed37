from __future__ import annotations

import pytest

from domain.errors import InvalidInput
from domain.trees.paths import above, clean_path, join_path, named_path, new_key, resolved, split_path


@pytest.mark.parametrize(
    ("sent", "cleaned"), [("todos", "todos"), ("/todos/1/", "todos/1"), ("///", ""), ("", ""), ("é/ü", "é/ü")]
)
def test_slashes_at_the_ends_do_not_count(sent: str, cleaned: str) -> None:
    assert clean_path(sent) == cleaned


@pytest.mark.parametrize("sent", [None, 5, ["todos"], "a//b", "a/" + "k" * 256, "/".join(["part"] * 300), "ü" * 600])
def test_a_path_is_refused(sent: object) -> None:
    with pytest.raises(InvalidInput):
        clean_path(sent)


def test_a_path_that_must_name_something_is_not_empty() -> None:
    assert named_path("a/b") == "a/b"
    with pytest.raises(InvalidInput):
        named_path("/")


def test_collection_and_key() -> None:
    assert split_path("a/b/c") == ("a/b", "c")
    assert split_path("top") == ("", "top")
    assert join_path("a/b", "c") == "a/b/c"
    assert join_path("", "top") == "top"


def test_what_lies_above() -> None:
    assert above("a/b/c") == ["a/b/c", "a/b", "a", ""]
    assert above("") == [""]


def test_references_are_replaced() -> None:
    assert resolved("posts/${$new}/tags", {"$new": "k1"}) == "posts/k1/tags"
    assert resolved("posts/$new", {}) == "posts/$new"
    assert resolved(None, {}) is None
    with pytest.raises(InvalidInput):
        resolved("posts/${$other}", {"$new": "k1"})


def test_keys_are_random_and_24_long() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {24}
    assert all(key.isalnum() for key in keys)
