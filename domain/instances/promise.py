"""What a verb with long work answers at once."""

from __future__ import annotations

from dataclasses import dataclass

from domain.models.instance import Instance
from domain.models.operation import Operation


@dataclass(frozen=True, slots=True)
class Promised:
    """The instance as it is now, and the operation that will change it."""

    instance: Instance
    operation: Operation
