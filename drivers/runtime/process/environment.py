"""The command and the environment of an instance's main process."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from domain.errors import InvalidInput
from domain.ports.runtime import RuntimeSpec
from drivers.runtime.process.supervise.record import RUN_MARK

IMAGES = Path(__file__).resolve().parents[1] / "process_images"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_TURNS_INTO_CODE = frozenset(
    (
        "BASH_ENV",
        "ENV",
        "GCONV_PATH",
        "GIT_SSH_COMMAND",
        "IFS",
        "JAVA_TOOL_OPTIONS",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PATH",
        "PERL5LIB",
        "PERL5OPT",
        "RUBYLIB",
        "RUBYOPT",
        "SHELLOPTS",
        "_JAVA_OPTIONS",
    )
)
_TURNS_INTO_CODE_PREFIXES = ("LD_", "PYTHON", "GLIBC_")
_HARMLESS = frozenset(
    ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUTF8")
)


def command_of(spec: RuntimeSpec) -> list[str]:
    """The admin's command with {python} and {images} filled in. InvalidInput: the image has none."""
    if not spec.command:
        raise InvalidInput("This image cannot run as a plain process: it has no command for that.", field="image")
    places = {"{python}": sys.executable, "{images}": str(IMAGES)}
    return [_fill(part, places) for part in spec.command]


def check_env(env: Mapping[str, str]) -> None:
    """A tenant chooses values, never what is executed: variables that loaders and interpreters obey are refused."""
    for name, value in env.items():
        if not name or "=" in name or "\0" in name + value:
            raise InvalidInput("A variable has an empty name or a character that cannot be passed on.", field="env")
        if _turns_into_code(name):
            raise InvalidInput(f"The variable {name} is not allowed on this node.", field="env", name=name)


def environment_of(spec: RuntimeSpec, run_id: str, bind_host: str, home: str, terminal: bool) -> dict[str, str]:
    """Nothing of the gateway's own environment; what the driver decides wins over the tenant's."""
    env = {"LANG": "C.UTF-8", **spec.env, "PATH": PATH, "HOME": home, "HOST": bind_host, RUN_MARK: run_id}
    env["GATEHOUSE_INSTANCE_ID"] = str(spec.instance_id)
    if spec.primary_port is not None:
        env["PORT"] = env["PRIMARY_PORT"] = str(spec.primary_port)
    if terminal:
        env.setdefault("TERM", "xterm")
    return env


def _turns_into_code(name: str) -> bool:
    return name not in _HARMLESS and (name in _TURNS_INTO_CODE or name.startswith(_TURNS_INTO_CODE_PREFIXES))


def _fill(part: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        part = part.replace(place, value)
    return part
