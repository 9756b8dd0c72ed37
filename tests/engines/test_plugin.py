"""A missing engine is a visible skip, and a failure where the run requires it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("docker", "postgres", "redis", "node", "chromium", "bubblewrap", "ffmpeg", "poppler")
MARKS = "\n    ".join(["[pytest]\nmarkers =", *ENGINES]) + "\n"


def run_without_engines(folder: Path, required: str) -> subprocess.CompletedProcess[str]:
    """A pytest run of one test that asks for Node, as on a machine with an empty PATH."""
    (folder / "pytest.ini").write_text(MARKS)
    (folder / "test_it.py").write_text("def test_it(node): pass\n")
    plugins = [part for name in ("plugin", "programs") for part in ("-p", f"tests.engines.{name}")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", *plugins],
        cwd=folder,
        env={**os.environ, "PATH": str(folder), "PYTHONPATH": str(ROOT), "GATEHOUSE_TEST_REQUIRE": required},
        capture_output=True,
        text=True,
    )


def test_a_missing_engine_is_a_visible_skip(tmp_path: Path) -> None:
    ran = run_without_engines(tmp_path, "")
    assert ran.returncode == 0
    assert "node (node and npm are not installed)" in ran.stdout
    assert "no node: node and npm are not installed" in ran.stdout
    assert "engine node: 0 tests ran, 1 skipped" in ran.stdout


def test_a_missing_engine_that_is_required_fails_the_run(tmp_path: Path) -> None:
    ran = run_without_engines(tmp_path, "node,redis")
    assert ran.returncode != 0
    assert "engines that are not here: node (node and npm are not installed); redis (" in ran.stderr


def test_a_misspelt_engine_fails_the_run(tmp_path: Path) -> None:
    ran = run_without_engines(tmp_path, "nod")
    assert ran.returncode != 0
    assert "unknown engines: nod" in ran.stderr
