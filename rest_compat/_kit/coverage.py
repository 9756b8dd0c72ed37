"""The coverage page: every documented endpoint, whether it is implemented, and which scenarios test it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rest_compat._kit.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Documented:
    """An endpoint that the dialect's source names. source: where it is named (seed, contract …)."""

    method: str
    path: str
    source: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A scenario that runs in the test suite: which endpoint, in which flavour, what it shows."""

    method: str
    path: str
    flavour: str
    shows: str


def coverage_page(dialect: Dialect, documented: Sequence[Documented], proofs: Iterable[Proof]) -> str:
    """Markdown, one row per documented endpoint; endpoints that no source names follow."""
    counted = Counter((proof.method, proof.path, proof.flavour) for proof in proofs)
    handlers = {(e.method, path): e.handler.__name__ for e in dialect.endpoints for path in e.paths}
    known = {(row.method, row.path) for row in documented}
    rows = [*documented, *(Documented(*key, "ours") for key in handlers if key not in known)]
    done = sum((row.method, row.path) in handlers for row in rows)
    tested = sum(all(counted[row.method, row.path, f] for f in dialect.flavours) for row in rows)
    columns = ["Endpoint", "Source", "Implemented", *(f"Tested in `{f}`" for f in dialect.flavours)]
    lines = [
        f"# {dialect.title}: coverage",
        "",
        "Made from the endpoint table and the scenario tables of the tests; a test holds it true.",
        "",
        f"{done} of {len(rows)} endpoints implemented, {tested} tested in every flavour.",
        "",
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
    ]
    for row in rows:
        handler = handlers.get((row.method, row.path))
        cells = [f"{row.method} {row.path}", row.source, f"`{handler}`" if handler else "no"]
        cells += [_scenarios(counted[row.method, row.path, flavour]) for flavour in dialect.flavours]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _scenarios(count: int) -> str:
    return f"{count} scenario{'s' if count > 1 else ''}" if count else "no"
