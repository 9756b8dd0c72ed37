"""Names of channels, patterns, and whose they are."""

from __future__ import annotations

import pytest

from domain.channels.names import check_name, check_pattern, is_servers, namespace_of, patterns_for
from domain.errors import Forbidden, InvalidInput


@pytest.mark.parametrize("name", ["news", "chat:room-1", "a:b:c", "x~@1", "A.b_c", "n" * 128])
def test_names_are_words_with_colons(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ":", "a:", ":a", "a::b", "a b", "ä", "a\n", "a\0", ".a", "*", "chat:*", "n" * 129, "a/b"]
)
def test_others_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_name(name)


@pytest.mark.parametrize("pattern", ["*", "news", "chat:*", "chat:team:*", "chat:room"])
def test_patterns_are_names_or_stand_for_many(pattern: str) -> None:
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", ["", "**", "*:a", "chat*", "chat:*:*", ":*"])
def test_other_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["instance:*", "events:*", "events", "file:1"])
def test_the_servers_own_channels_have_no_rules(pattern: str) -> None:
    with pytest.raises(Forbidden):
        check_pattern(pattern)


def test_the_closest_pattern_comes_first() -> None:
    assert patterns_for("a:b:c") == ("a:b:c", "a:b:*", "a:*", "*")
    assert patterns_for("a") == ("a", "*")


def test_namespaces_say_who_speaks() -> None:
    assert namespace_of("chat:room") == "chat"
    assert namespace_of("news") == ""
    assert is_servers("instance:1")
    assert is_servers("events:instance")
    assert not is_servers("instances:1")
    assert not is_servers("news")
