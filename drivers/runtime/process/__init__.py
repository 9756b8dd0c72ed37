"""Runtime driver `process`: instances as supervised processes of this machine, sandboxed where bubblewrap works."""

from drivers.runtime.process.runtime import ProcessRuntime

__all__ = ["ProcessRuntime"]
