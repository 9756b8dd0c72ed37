"""The result as a table for people and for bench/README.md."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from bench.aims import AIMS

PAGE = Path(__file__).with_name("README.md")
MARK = "<!-- written by python -m bench --write -->\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of work; figures by server, less is better."""

    what: str
    figures: dict[str, float]


def machine(rounds: int) -> str:
    """What it was measured on, in one line."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory_kb = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return (
        f"{os.cpu_count()} cores ({model}), {memory_kb / 2**20:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; server on one core, load on the other; "
        f"medians of {rounds} alternated rounds."
    )


def table(rows: list[Row]) -> str:
    """Markdown: our figure, the aim where there is one, and each peer's figure with how many times ours it is."""
    lines = ["| work (less is better) | Gatehouse | aim | peers (times Gatehouse) |", "|---|---|---|---|"]
    for row in rows:
        ours = row.figures["gatehouse"]
        aim = AIMS.get(row.what)
        peers = " · ".join(
            f"{who} {_told(n)} ({n / ours:.2f}×)" for who, n in row.figures.items() if who != "gatehouse"
        )
        lines.append(f"| {row.what} | {_told(ours)} | {'' if aim is None else f'≤ {_told(aim)}'} | {peers} |")
    return "\n".join(lines)


def write(result: str, page: Path = PAGE) -> None:
    """Put a result in the place of the last one."""
    before, mark, _ = page.read_text().partition(MARK)
    page.write_text(f"{before}{mark}\n{result}")


def _told(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []
