"""Log lines: one form for ours and everybody else's, without the values of variables."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.http.logs import configure_logs


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def lines(log_format: str, level: str = "info") -> list[str]:
    stream = io.StringIO()
    configure_logs(log_format, level, stream)  # type: ignore[arg-type]
    structlog.get_logger("ours").info("hello", who="you")
    logging.getLogger("theirs").warning("hello %s", "again")
    logging.getLogger("uvicorn.error").info("Shutting down")
    try:
        fail("hush")
    except ValueError:
        structlog.get_logger("ours").exception("it failed")
    return stream.getvalue().splitlines()


def fail(secret: str) -> None:
    raise ValueError("no such thing")


def test_machines_get_json_lines() -> None:
    ours, theirs, failed = (json.loads(line) for line in lines("json"))
    assert (ours["event"], ours["who"], ours["level"], ours["logger"]) == ("hello", "you", "info", "ours")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("hello again", "warning", "theirs")
    assert "ValueError: no such thing" in failed["exception"]
    assert ours["timestamp"].endswith("Z")


def test_people_get_text() -> None:
    found = lines("console")
    assert "hello" in found[0]
    assert "who=you" in found[0]
    assert "hello again" in found[1]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_values(log_format: str) -> None:
    text = "\n".join(lines(log_format))
    assert "ValueError: no such thing" in text
    assert "hush" not in text.replace('fail("hush")', "").replace('fail(\\"hush\\")', "")


def test_less_severe_lines_are_left_out() -> None:
    assert [json.loads(line)["event"] for line in lines("json", "error")] == ["it failed"]
