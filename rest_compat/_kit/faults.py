"""Faults that arise before a verb is reached. They are domain errors, so that one map per dialect says all of them."""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import Conflict, DomainError, InvalidInput, NotFound


class Broken(DomainError):
    """A fault of ours: nothing about it may be told."""

    def __init__(self) -> None:
        super().__init__("An internal error occurred.")


class AuthenticationBroken(Broken):
    """A fault of ours while the credential was looked up."""


class NoSuchPath(NotFound):
    """The dialect has no such path."""

    def __init__(self) -> None:
        super().__init__("There is no such endpoint.")


class WrongMethod(InvalidInput):
    """The path is known, the method is not. allowed: those that are."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"This path answers to {self.allowed}.")


class UnreadableBody(InvalidInput):
    """The body is not what it says to be."""


class MissingField(InvalidInput):
    """A required value was not given, or was given as null or empty text. details.fields names all of them."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(f"Missing: {', '.join(fields)}.", field=fields[0], fields=fields)


class KeyReused(Conflict):
    """An Idempotency-Key came again with another request, or while the first is still at work."""


KIT_FAULTS: tuple[type[DomainError], ...] = (
    Broken,
    AuthenticationBroken,
    NoSuchPath,
    WrongMethod,
    UnreadableBody,
    MissingField,
    KeyReused,
)
"""Every fault of the kit; dialect error maps are tested to be total over these as well."""
