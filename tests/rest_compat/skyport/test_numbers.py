"""Numbers as clients send them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.limits import MIB
from rest_compat.skyport.schemas.numbers import (
    cores_of,
    echo_ports,
    parse_cores,
    parse_mebibytes,
    parse_ports,
    parse_primary,
    ports_text,
)
from rest_compat.skyport.schemas.variables import parse_variables

PORTS = st.integers(1, 65535)
PAIRS = st.lists(st.tuples(PORTS, PORTS), min_size=1, max_size=8, unique_by=lambda pair: pair[0])


@pytest.mark.parametrize(
    ("given_value", "mebibytes"),
    [(1024, 1024), ("1024", 1024), ("1024MB", 1024), (" 1024 MiB", 1024), (512.7, 512), ("512.7", 512), ("0", 0)],
)
def test_memory_is_read_as_parse_int_would(given_value: int | float | str, mebibytes: int) -> None:
    assert parse_mebibytes(given_value, "memory") == mebibytes * MIB


@pytest.mark.parametrize("given_value", ["", "MB", "-1", -1, "1" * 13, "٣", "0x10" * 0])
def test_memory_that_is_no_number_is_refused(given_value: int | str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_mebibytes(given_value, "memory")
    assert caught.value.details["field"] == "memory"


@pytest.mark.parametrize(
    ("given_value", "millis"), [(2, 2000), ("2", 2000), ("0.5", 500), (1.25, 1250), ("2 cores", 2000), ("1.", 1000)]
)
def test_cores_may_have_parts(given_value: int | float | str, millis: int) -> None:
    assert parse_cores(given_value, "cpu") == millis


@given(st.integers(0, 512_000))
def test_cores_are_shown_as_they_were_given(cpu_millis: int) -> None:
    assert parse_cores(cores_of(cpu_millis), "cpu") == cpu_millis


@given(st.integers(0, 10**11), st.text(alphabet=st.characters(exclude_categories=["Nd"]), max_size=5))
def test_a_unit_after_memory_changes_nothing(number: int, unit: str) -> None:
    assert parse_mebibytes(f"{number}{unit}", "memory") == number * MIB


@given(PAIRS)
def test_ports_round_trip(pairs: list[tuple[int, int]]) -> None:
    text = ports_text(pairs)
    assert parse_ports(text) == pairs
    assert echo_ports(text) == text


@given(st.lists(PORTS, min_size=1, max_size=8, unique=True))
def test_a_bare_port_is_published_as_itself(ports: list[int]) -> None:
    text = ",".join(map(str, ports))
    assert parse_ports(text) == [(port, port) for port in ports]
    assert parse_ports(echo_ports(text)) == parse_ports(text)


@given(st.text(max_size=30) | st.integers())
def test_any_ports_are_valid_or_refused(text: str | int) -> None:
    try:
        pairs = parse_ports(text)
    except InvalidInput:
        return
    assert pairs
    assert all(1 <= number <= 65535 for pair in pairs for number in pair)
    assert len({container for container, _ in pairs}) == len(pairs)
    assert parse_ports(echo_ports(text)) == pairs


def test_the_first_entry_of_a_container_port_wins() -> None:
    assert parse_ports("80:8080,80:9090") == [(80, 8080)]


@pytest.mark.parametrize(
    ("given_value", "port"),
    [
        (25565, 25565),
        ("25565", 25565),
        ("80:8080", 8080),
        ("web", None),
        ("0", None),
        (70000, None),
        (2.5, None),
        ("", None),
    ],
)
def test_primary_is_anything(given_value: int | float | str, port: int | None) -> None:
    assert parse_primary(given_value) == port


@given(st.text(max_size=20) | st.integers() | st.floats())
def test_any_primary_is_a_port_or_none(given_value: int | float | str) -> None:
    port = parse_primary(given_value)
    assert port is None or 1 <= port <= 65535


@pytest.mark.parametrize("given_value", [None, "", " ", [], {}, "{}", "[]", "null"])
def test_no_variables(given_value: object) -> None:
    assert parse_variables(given_value) == {}  # type: ignore[arg-type]


def test_variables_are_written_as_javascript_would() -> None:
    assert parse_variables({"A": 1, "B": 1.0, "C": 1.5, "D": False, "E": None, "F": "x"}) == {
        "A": "1",
        "B": "1",
        "C": "1.5",
        "D": "false",
        "F": "x",
    }


@pytest.mark.parametrize("given_value", ["x", "[1]", "5", ["A=1"], {"A": []}, {"A": {"B": 1}}, "[" * 100_000])
def test_other_variables_are_refused(given_value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_variables(given_value)  # type: ignore[arg-type]
    assert caught.value.details["field"] == "variables"
