"""The tables that are made from a dialect: answers, coverage."""

from __future__ import annotations

from rest_compat._kit.answers_table import answers_table
from rest_compat._kit.coverage import Documented, Proof, coverage_page
from tests.rest_compat._kit.toy import TOY


def test_answers_stand_side_by_side() -> None:
    table = answers_table(TOY)
    assert '| POST /notes | Kept | 200 | 201 | NoteOut / `{"text": "kept"}` |' in table
    assert '|  | Taken | 400 | 400 | `{"problem": "Taken already.", "number": null}` |' in table
    assert "|  | Not there | 400 | 404 | the error's own words |" in table


def test_coverage_counts_scenarios_in_each_flavour() -> None:
    documented = [Documented("GET", "/notes", "book"), Documented("PUT", "/notes", "book")]
    proofs = [Proof("GET", "/notes", flavour, "works") for flavour in ("old", "new", "new")]
    page = coverage_page(TOY, documented, proofs)
    assert "| GET /notes | book | `list_notes` | 1 scenario | 2 scenarios |" in page
    assert "| PUT /notes | book | no | no | no |" in page
    assert "| POST /old/notes | ours | `keep_note` | no | no |" in page
    assert "7 of 8 endpoints implemented, 1 tested in every flavour." in page
