"""ERRORS.md says what the maps say, and the maps leave no kind out."""

from __future__ import annotations

from pathlib import Path

from domain.errors import ERROR_KINDS
from gateway.errors_table import markdown
from gateway.http.errors import STATUS


def test_errors_md_is_what_the_maps_say() -> None:
    written = (Path(__file__).parents[2] / "ERRORS.md").read_text(encoding="utf-8")
    assert written == markdown(), "run `python -m gateway.errors_table > ERRORS.md`"


def test_the_map_of_our_own_shape_is_total() -> None:
    assert STATUS.keys() == set(ERROR_KINDS)


def test_every_kind_has_a_row() -> None:
    assert all(f"| `{kind.code}` |" in markdown() for kind in ERROR_KINDS)
