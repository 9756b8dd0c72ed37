"""The table of results, and where it is kept."""

from __future__ import annotations

from pathlib import Path

from bench.table import MARK, PAGE, Row, table, write

ROWS = [
    Row("bus, 256 bytes to 1,000 sockets, CPU µs per delivery", {"gatehouse": 3.5, "socket-io": 8.75}),
    Row("something without an aim", {"gatehouse": 1234.5}),
]


def test_peers_are_told_by_how_many_times_ours() -> None:
    lines = table(ROWS).splitlines()
    assert lines[2].endswith("| 3.5 | ≤ 5 | socket-io 8.75 (2.50×) |")
    assert lines[3] == "| something without an aim | 1,234 |  |  |"


def test_the_page_keeps_only_the_last_result(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"# Bench\n\n{MARK}\nold\n")
    write("new\n", page)
    assert page.read_text() == f"# Bench\n\n{MARK}\nnew\n"


def test_the_committed_page_has_its_place() -> None:
    assert PAGE.read_text().count(MARK) == 1
