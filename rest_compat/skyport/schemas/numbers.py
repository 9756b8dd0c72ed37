"""Numbers as Skyport's clients send them: 1024, "1024", "1024MB", 1.5, "25565:25565"."""

from __future__ import annotations

import re
from typing import Any

from domain.errors import InvalidInput
from domain.limits import MIB

Text = str | int
"""A text that sloppy clients send as a number."""

Number = int | float | str
"""A number that sloppy clients send as text."""

LEADING_INTEGER = re.compile(r"\s*([0-9]{1,12})(?![0-9])")
LEADING_DECIMAL = re.compile(r"\s*([0-9]{1,9}(?![0-9])(?:\.[0-9]{1,9})?)")
PORT = re.compile(r"[0-9]{1,5}")
LAST_PORT = 65535
EXACT = 2**53 - 1

PortPair = tuple[int, int]
"""Container port, host port."""


def find_mebibytes(given: Any) -> int | None:
    """Bytes, from a number of MiB or a text that starts with one (the original reads it with parseInt)."""
    found = LEADING_INTEGER.match(str(given))
    return None if found is None else int(found[1]) * MIB


def parse_mebibytes(given: Number, field: str) -> int:
    """The same where there must be one."""
    found = find_mebibytes(given)
    if found is None:
        raise InvalidInput(f"{field} must be a number of MiB.", field=field)
    return found


def parse_cores(given: Number, field: str) -> int:
    """Thousandths of a core, from a number of cores or a text that starts with one."""
    found = LEADING_DECIMAL.match(str(given))
    if found is None:
        raise InvalidInput(f"{field} must be a number of cores.", field=field)
    return round(float(found[1]) * 1000)


def cores_of(cpu_millis: int) -> int | float:
    """Whole cores as an integer, parts of one as a decimal number."""
    return cpu_millis // 1000 if cpu_millis % 1000 == 0 else cpu_millis / 1000


def parse_ports(given: Text) -> list[PortPair]:
    """What "25565:25565,8123:8124" publishes. N stands for N:N; of entries for one container port the first wins."""
    entries = [entry.strip() for entry in str(given).split(",")]
    pairs = [_pair(entry) for entry in entries if entry]
    if not pairs:
        raise InvalidInput("ports must be like 25565:25565,8123:8124.", field="ports")
    first: dict[int, int] = {}
    for container_port, host_port in pairs:
        first.setdefault(container_port, host_port)
    return list(first.items())


def echo_ports(given: Text) -> str:
    """How Ports shows them: the text as it was given; where an entry was a bare number, all as pairs."""
    text = str(given)
    return text if all(":" in entry for entry in text.split(",")) else ports_text(parse_ports(given))


def ports_text(pairs: list[PortPair]) -> str:
    """Port pairs in Skyport's form."""
    return ",".join(f"{container_port}:{host_port}" for container_port, host_port in pairs)


def echo_number(given: Number) -> Number:
    """As given; a number beyond what JSON readers keep exactly, as text."""
    return str(given) if isinstance(given, int) and abs(given) > EXACT else given


def parse_primary(given: Number) -> int | None:
    """The port meant: that of a number, the host's of a pair. None for anything else: then the first port is taken."""
    text = str(given).rpartition(":")[2].strip()
    return _port(text) if PORT.fullmatch(text) and 1 <= int(text) <= LAST_PORT else None


def _pair(entry: str) -> PortPair:
    container_port, colon, host_port = (part.strip() for part in entry.partition(":"))
    return _port(container_port), _port(host_port if colon else container_port)


def _port(text: str) -> int:
    if not PORT.fullmatch(text) or not 1 <= int(text) <= LAST_PORT:
        raise InvalidInput(f"ports: {text[:20]!r} is not a port between 1 and {LAST_PORT}.", field="ports")
    return int(text)
