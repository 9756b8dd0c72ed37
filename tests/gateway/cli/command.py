"""Run the command in this process, as a shell would see it."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from gateway.cli.main import main


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out. lines: of stdout."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Gatehouse(Protocol):
    def __call__(self, *arguments: str, stdin: str = "") -> Outcome: ...


@pytest.fixture
def gatehouse(
    empty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Gatehouse]:
    """`gatehouse(*arguments)` over a data folder of the test's own."""
    monkeypatch.setenv("GATEHOUSE_DATA_DIR", str(tmp_path / "data"))
    root = logging.getLogger()
    before: tuple[int, list[Any]] = (root.level, root.handlers[:])

    def run(*arguments: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["gatehouse", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0, said.out, said.err)

    yield run
    root.setLevel(before[0])
    root.handlers[:] = before[1]
