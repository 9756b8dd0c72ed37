"""Renew the pages that are made from tables: python -m tests.rest_compat.write_pages"""

from __future__ import annotations

import re
from pathlib import Path

from rest_compat._kit import Dialect
from rest_compat._kit.answers_table import BEGIN, END, answers_table
from rest_compat._kit.coverage import Proof, coverage_page
from rest_compat.cloudillo.routes import DIALECT as CLOUDILLO
from rest_compat.skyport.routes import DIALECT as SKYPORT
from tests.rest_compat.cloudillo.documented import DOCUMENTED as CLOUDILLO_DOCUMENTED
from tests.rest_compat.cloudillo.proofs import proofs as cloudillo_proofs
from tests.rest_compat.skyport.documented import DOCUMENTED
from tests.rest_compat.skyport.scenarios import SCENARIOS

FOLDER = Path(__file__).parents[2] / "rest_compat"
COVERAGE = FOLDER / "skyport" / "COVERAGE.md"
README = FOLDER / "skyport" / "README.md"
CLOUDILLO_COVERAGE = FOLDER / "cloudillo" / "COVERAGE.md"
CLOUDILLO_README = FOLDER / "cloudillo" / "README.md"


def skyport_coverage() -> str:
    proofs = [Proof(s.method, s.path, flavour, s.shows) for s in SCENARIOS for flavour in s.flavours]
    return coverage_page(SKYPORT, DOCUMENTED, proofs)


def cloudillo_coverage() -> str:
    return coverage_page(CLOUDILLO, CLOUDILLO_DOCUMENTED, cloudillo_proofs())


def write() -> None:
    COVERAGE.write_text(skyport_coverage())
    CLOUDILLO_COVERAGE.write_text(cloudillo_coverage())
    for readme, dialect in ((README, SKYPORT), (CLOUDILLO_README, CLOUDILLO)):
        readme.write_text(with_table(readme.read_text(), dialect))


def with_table(text: str, dialect: Dialect) -> str:
    table = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    return table.sub(lambda _: answers_table(dialect), text)


if __name__ == "__main__":
    write()
