"""The few commands that a pretended instance knows."""

from __future__ import annotations

from domain.errors import InvalidInput, Unavailable
from domain.ports.runtime import CommandResult
from drivers.runtime.memory.engine import MemoryInstance


def run_pretended(
    instance: MemoryInstance, argv: tuple[str, ...], timeout_s: float, max_output_bytes: int
) -> CommandResult:
    """echo prints its arguments, cat a file; true and false end as they are called; sleep takes no time, but longer
    than timeout_s it is Unavailable; anything else is not found (127)."""
    match argv:
        case ():
            raise InvalidInput("A command must be given.", field="argv")
        case ("echo", *words):
            return _printed(" ".join(words) + "\n", max_output_bytes)
        case ("cat", path) if path in instance.files:
            return _printed(instance.files[path].decode(errors="replace"), max_output_bytes)
        case ("true",):
            return CommandResult(0, "", "", False)
        case ("false",):
            return CommandResult(1, "", "", False)
        case ("sleep", seconds):
            if float(seconds) > timeout_s:
                raise Unavailable(f"The command did not end within {timeout_s:g} s and was killed.", reason="timeout")
            return CommandResult(0, "", "", False)
    return CommandResult(127, "", f"{argv[0]}: not found\n", False)


def _printed(text: str, max_output_bytes: int) -> CommandResult:
    kept = text.encode()[:max_output_bytes].decode(errors="ignore")
    return CommandResult(0, kept, "", kept != text)
