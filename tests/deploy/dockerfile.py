"""Read a Dockerfile: instructions with their continuation lines, by stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instruction:
    """name: in capitals. text: what follows it, on one line."""

    name: str
    text: str


@dataclass(slots=True)
class Stage:
    """base: as written after FROM. name: after AS, empty without."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """The texts of every instruction of a kind, in order."""
        return [found.text for found in self.instructions if found.name == name]


@dataclass(slots=True)
class Dockerfile:
    """arguments: ARGs before the first stage, with their defaults."""

    arguments: dict[str, str]
    stages: list[Stage]

    def base_of(self, stage: Stage) -> str:
        """The base with arguments filled in."""
        base = stage.base
        for name, default in self.arguments.items():
            base = base.replace(f"${{{name}}}", default)
        return base


def read_dockerfile(path: Path) -> Dockerfile:
    found = Dockerfile({}, [])
    for instruction in _instructions(path.read_text(encoding="utf-8")):
        if instruction.name == "FROM":
            base, _, name = instruction.text.partition(" AS ")
            found.stages.append(Stage(base.strip(), name.strip()))
        elif found.stages:
            found.stages[-1].instructions.append(instruction)
        else:
            name, _, default = instruction.text.partition("=")
            found.arguments[name] = default
    return found


def _instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    parts = (line.split(None, 1) for line in joined.splitlines())
    return [Instruction(name.upper(), " ".join(rest.split())) for name, rest in parts]
