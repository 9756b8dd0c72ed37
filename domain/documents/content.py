"""The content of one document in memory: a Yjs document that never lets a bad update harm more than itself."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pycrdt import Doc, get_update, merge_updates

from domain.errors import InvalidInput

EMPTY_UPDATE = b"\x00\x00"
EMPTY_STATE_VECTOR = b"\x00"


class BrokenContentError(Exception):
    """An update broke the document in memory, which must not be used any more. at: its place among those applied."""

    def __init__(self, at: int) -> None:
        super().__init__(f"update {at} broke the document")
        self.at = at


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch did. effect: everything that it changed, as one update; None when it changed nothing.

    malformed: the places of those that could not be read. unplaced_bytes: about how much of it rests on updates that
    are not here, and is not part of the document until they come.
    """

    effect: bytes | None
    malformed: Sequence[int] = ()
    unplaced_bytes: int = 0


class Content:
    """Use it in one thread at a time. size_bytes: of everything as one update; about, until it is encoded again."""

    def __init__(self, updates: Iterable[bytes] = ()) -> None:
        """BrokenContentError, InvalidInput: these updates cannot be the content of a document."""
        self.doc: Doc[Any] = Doc()
        self._heard: list[bytes] = []
        for at, update in enumerate(updates):
            with contained(at):
                self.doc.apply_update(update)
        heard = self._heard
        subscription = self.doc.observe(lambda event: heard.append(event.update))
        # A document that is observed holds on to itself where Python's collector cannot see it, and never goes.
        weakref.finalize(self, self.doc.unobserve, subscription).atexit = False
        self._full: bytes | None = None
        self._vector: bytes | None = None
        self._deletions: bytes | None = None
        self.size_bytes = len(self.full())

    def apply(self, updates: Sequence[bytes]) -> Applied:
        """Take them in as one change. BrokenContentError: throw this content away."""
        malformed = []
        place = 0
        with contained(lambda: place), self.doc.transaction():
            for place, update in enumerate(updates):
                if update == EMPTY_UPDATE:
                    continue
                try:
                    self.doc.apply_update(update)
                except ValueError:
                    malformed.append(place)
        effect = self.take_effect()
        offered = sum(map(len, updates))
        return Applied(effect, malformed, max(0, offered - len(effect or b"") - 2 * len(updates)))

    def take_effect(self) -> bytes | None:
        """What changed since it was last taken, as one update."""
        heard = self._heard.copy()
        if not heard:
            return None
        self._heard.clear()
        self._full = self._vector = self._deletions = None
        effect = heard[0] if len(heard) == 1 else merge_updates(*heard)
        self.size_bytes += len(effect)
        return effect

    def full(self) -> bytes:
        """Everything as one update; kept until the next change."""
        if self._full is None:
            with contained():
                self._full = self.doc.get_update()
            self.size_bytes = len(self._full)
        return self._full

    def state_vector(self) -> bytes:
        """What is here, in the form in which peers ask for what they miss."""
        if self._vector is None:
            self._vector = self.doc.get_state()
        return self._vector

    def missing_from(self, state_vector: bytes) -> bytes:
        """What somebody with that state vector lacks. InvalidInput: it cannot be read."""
        if state_vector == EMPTY_STATE_VECTOR:
            return self.full()
        if state_vector == self.state_vector():
            if self._deletions is None:
                self._deletions = self.doc.get_update(state_vector)
            return self._deletions
        with contained():
            try:
                return self.doc.get_update(state_vector)
            except ValueError as exc:
                raise InvalidInput("The state vector cannot be read.") from exc

    def rests_on_missing(self, update: bytes) -> bool:
        """Whether the update holds something that cannot be placed here yet."""
        try:
            with contained():
                return get_update(update, self.state_vector())[0] != 0
        except (ValueError, BrokenContentError):
            return False


def breaks_content(update: bytes) -> bool:
    """Whether an update breaks even an empty document."""
    try:
        Content([update])
    except (BrokenContentError, ValueError):
        return True
    return False


@contextmanager
def contained(at: Any = 0) -> Iterator[None]:
    """BrokenContentError instead of what the library raises when it stumbles over its own state.

    Its panics are BaseExceptions of a class that it does not export.
    """
    try:
        yield
    except BaseException as exc:
        if isinstance(exc, RuntimeError) or type(exc).__name__ == "PanicException":
            raise BrokenContentError(at() if callable(at) else at) from exc
        raise
