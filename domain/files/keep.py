"""KEEP: the value of a change that leaves something as it is, where None means something."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Keep(Enum):
    """The type of KEEP."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
