"""What keeps a process from starting, said in one line."""

from __future__ import annotations


class StartupError(RuntimeError):
    """The message is one line that an operator can act on; commands print it instead of a traceback."""
