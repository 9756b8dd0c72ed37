"""pytest plugin: the header and summary of engines, their marks, and what happens when one is missing."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.engines.probe import ENGINES, probe

REQUIRE = "GATEHOUSE_TEST_REQUIRE"
_ENGINE_OF_FIXTURE = {
    "docker_engine": "docker",
    "postgres_server": "postgres",
    "redis_server": "redis",
    "restartable_redis": "redis",
    "node": "node",
    "chromium": "chromium",
    "bubblewrap": "bubblewrap",
    "ffmpeg": "ffmpeg",
    "poppler": "poppler",
}
_ran: Counter[str] = Counter()
_skipped: Counter[str] = Counter()


def required_engines() -> frozenset[str]:
    return frozenset(filter(None, (name.strip() for name in os.environ.get(REQUIRE, "").split(","))))


def need(engine: str) -> None:
    """Skip the test when the engine cannot be had here; fail it when the run requires the engine."""
    seen = probe(engine)
    if seen.version is None:
        give_up(engine, seen.note)


def give_up(engine: str, reason: str) -> None:
    if engine in required_engines():
        pytest.fail(f"{REQUIRE} names {engine}, but: {reason}", pytrace=False)
    pytest.skip(f"no {engine}: {reason}")


def pytest_configure(config: pytest.Config) -> None:
    required = required_engines()
    if unknown := required - set(ENGINES):
        raise pytest.UsageError(f"{REQUIRE} names unknown engines: {', '.join(sorted(unknown))}")
    missing = {name: probe(name).note for name in sorted(required) if probe(name).version is None}
    if missing:
        said = "; ".join(f"{name} ({note})" for name, note in missing.items())
        raise pytest.UsageError(f"{REQUIRE} names engines that are not here: {said}")


def pytest_report_header() -> list[str]:
    real = [_said(name) for name in ENGINES if probe(name).version is not None]
    missing = [f"{name} ({probe(name).note})" for name in ENGINES if probe(name).version is None]
    return [
        f"real engines: {', '.join(real) or 'none'}",
        f"missing engines: {', '.join(missing) or 'none'}",
        f"required engines: {', '.join(sorted(required_engines())) or 'none'}",
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if engine := _ENGINE_OF_FIXTURE.get(fixture):
                item.add_marker(engine)
        if "docker" in item.keywords:
            # Of several workers one starts the engine.
            item.add_marker(pytest.mark.xdist_group("docker"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    engines = [name for name in ENGINES if name in report.keywords]
    if report.when == "call" and not report.skipped:
        _ran.update(engines)
    elif report.skipped:
        _skipped.update(engines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in ENGINES:
        if _ran[name] or _skipped[name]:
            note = "" if probe(name).version else f" ({probe(name).note})"
            said = f"engine {_said(name)}: {_ran[name]} tests ran, {_skipped[name]} skipped{note}"
            terminalreporter.write_line(said, yellow=bool(_skipped[name]), green=not _skipped[name])


def _said(engine: str) -> str:
    version = probe(engine).version
    return engine if version is None else f"{engine} {version}"
