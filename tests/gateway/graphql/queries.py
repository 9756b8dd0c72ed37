"""Count what reaches the database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tests.gateway.graphql.serving import Replica


class _Texts(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def counted_queries(replica: Replica) -> Iterator[list[str]]:
    """SELECT statements while the block runs, those of background tasks left out by their tables."""
    logger, handler = logging.getLogger("tortoise.db_client"), _Texts()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    selects: list[str] = []
    try:
        yield selects
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        selects += [text for text in handler.texts if "SELECT" in text and "outbox" not in text and "lease" not in text]
