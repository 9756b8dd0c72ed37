"""Whom an execution serves: sockets come and go, and each result says which of them it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.graphql.member import Member


class Audience:
    """Who listens to one stream. A stream that says nothing about whom its results are for has them go to everyone.

    Newcomers wait until the stream admits them: then it reads the present state for them, and only then they hear what
    the others hear. on_refused: told of newcomers for whom that was not possible, and why.
    """

    def __init__(self, on_refused: Callable[[Iterable[Member], Exception], None], on_empty: Callable[[], None]) -> None:
        self._newcomers: dict[Member, None] = {}
        self._admitted: dict[Member, None] = {}
        self._addressed: Callable[[Member], bool] | None = None
        self._on_refused = on_refused
        self._on_empty = on_empty
        self._on_join: Callable[[], None] | None = None
        self.is_shared = True
        self.generation = 0
        self.key: object = ""

    @classmethod
    def of_one(cls) -> Audience:
        """For a stream that serves nobody but who opened it, and whose errors are its own."""
        audience = cls(_nobody_else, lambda: None)
        audience.is_shared = False
        audience.join(Member(_Nowhere(), "", lambda _: None))
        return audience

    @property
    def newcomers(self) -> list[Member]:
        return list(self._newcomers)

    @property
    def admitted(self) -> list[Member]:
        return list(self._admitted)

    @property
    def has_newcomers(self) -> bool:
        return bool(self._newcomers)

    def join(self, member: Member) -> None:
        member.on_leave = self.drop
        self._newcomers[member] = None
        if self._on_join is not None:
            self._on_join()

    def drop(self, member: Member) -> None:
        self._newcomers.pop(member, None)
        self._admitted.pop(member, None)
        if not self._newcomers and not self._admitted:
            self._on_empty()

    def watch_door(self, on_join: Callable[[], None]) -> None:
        """Call it whenever somebody comes; the stream admits newcomers itself from now on."""
        self._on_join = on_join

    def admit(self) -> int:
        """Take in the newcomers; the number of this admission, for `address`."""
        self.generation += 1
        for member in self._newcomers:
            member.generation = self.generation
        self._admitted.update(self._newcomers)
        self._newcomers.clear()
        return self.generation

    def refuse(self, generation: int, error: Exception) -> None:
        """That admission came to nothing."""
        self._on_refused([member for member in self._admitted if member.generation == generation], error)

    def address(self, key: object = "", *, since: int | None = None, before: int | None = None) -> None:
        """Say about the next result: whom it is for (those admitted with `since` or later, or earlier than `before`),
        and in whose place it goes when they read slowly: a text; what has a number is never replaced."""
        self.key = key
        if since is not None:
            self._addressed = lambda member: member.generation >= since
        elif before is not None:
            self._addressed = lambda member: member.generation < before
        else:
            self._addressed = None

    def addressed(self) -> list[Member]:
        """Whom the result at hand is for."""
        if self._on_join is None:
            self.admit()
        if self._addressed is None:
            return list(self._admitted)
        return [member for member in self._admitted if self._addressed(member)]


class _Nowhere:
    """Takes everything and keeps nothing."""

    def offer(self, frame: object) -> bool:
        return True

    def post(self, frame: object) -> None:
        """Nothing."""

    def when_writable(self, callback: Callable[[], None]) -> None:
        """Never waits."""


def _nobody_else(_refused: Iterable[Member], error: Exception) -> None:
    raise error
