"""The runtime in memory: deterministic, for tests and for trying Gatehouse without running anything."""

from drivers.runtime.memory.engine import MemoryEngine
from drivers.runtime.memory.runtime import MemoryRuntime

__all__ = ["MemoryEngine", "MemoryRuntime"]
