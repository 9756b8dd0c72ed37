"""Renew the pages that are made from tables: python -m tests.rest_compat.write_pages"""

from __future__ import annotations

import re
from pathlib import Path

from rest_compat._kit.answers_table import BEGIN, END, answers_table
from rest_compat._kit.coverage import Proof, coverage_page
from rest_compat.skyport.routes import DIALECT as SKYPORT
from tests.rest_compat.skyport.documented import DOCUMENTED
from tests.rest_compat.skyport.scenarios import SCENARIOS

FOLDER = Path(__file__).parents[2] / "rest_compat" / "skyport"
COVERAGE = FOLDER / "COVERAGE.md"
README = FOLDER / "README.md"


def skyport_coverage() -> str:
    proofs = [Proof(s.method, s.path, flavour, s.shows) for s in SCENARIOS for flavour in s.flavours]
    return coverage_page(SKYPORT, DOCUMENTED, proofs)


def write() -> None:
    COVERAGE.write_text(skyport_coverage())
    table = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    README.write_text(table.sub(lambda _: answers_table(SKYPORT), README.read_text()))


if __name__ == "__main__":
    write()
