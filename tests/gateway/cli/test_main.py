"""The command as a whole: it teaches, it is quick, and its faults are one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.gateway.cli.command import Gatehouse

GROUPS = {
    "serve": (),
    "worker": (),
    "migrate": (),
    "schema": (),
    "settings": (),
    "doctor": (),
    "user": ("create", "list", "set-password"),
    "tenant": ("create", "list", "member"),
    "token": ("create", "list", "revoke"),
    "node": ("add", "list", "check"),
    "image": ("import",),
    "seed": ("demo",),
}


def test_help_lists_every_command(gatehouse: Gatehouse) -> None:
    said = gatehouse("--help")
    assert said.code == 0
    assert all(f"\n  {name} " in said.out for name in GROUPS)
    for name, commands in GROUPS.items():
        inner = gatehouse(name, "--help").out
        assert all(f"\n  {command} " in inner for command in commands), name


COMMANDS = [(name, *rest) for name, commands in GROUPS.items() for rest in zip(commands, strict=True)] + [
    (name,) for name, commands in GROUPS.items() if not commands
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example_or_says_all_in_a_line(gatehouse: Gatehouse, command: tuple[str, ...]) -> None:
    said = gatehouse(*command, "--help").out
    listing = command[-1] == "list"
    assert f"gatehouse {' '.join(command)}" in said.partition("Options:")[0].partition("\n")[2] or listing, said


def test_help_needs_no_heavy_import() -> None:
    heavy = ["tortoise", "strawberry", "docker", "redis", "pydantic", "uvicorn", "starlette"]
    look = f"import sys, gateway.cli.main; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Usage: gatehouse"),
        (("nothing",), 2, "No such command 'nothing'"),
        (("serve", "--port", "many"), 2, "--port"),
        (("token", "create"), 2, "--door"),
        (("token", "create", "--door", "graphql"), 1, "there is no platform owner yet"),
        (("token", "create", "--door", "graphql", "--user", "nobody"), 1, "there is no user nobody"),
        (("tenant", "member", "nobody"), 1, "there is no tenant nobody"),
        (("node", "check", "nobody"), 1, "there is no node nobody"),
        (("image", "import", "nothing.json"), 1, "nothing.json cannot be read"),
        (("serve", "--port", "70000"), 1, "GATEHOUSE_PORT: "),
    ],
)
def test_a_fault_is_said_without_a_traceback(
    gatehouse: Gatehouse, arguments: tuple[str, ...], code: int, words: str
) -> None:
    said = gatehouse(*arguments)
    assert said.code == code
    assert words in said.err + (said.out if code == 2 else "")
    assert "Traceback" not in said.err
    if code == 1:
        assert said.out == ""
        assert len(said.err.splitlines()) == 1


def test_a_bad_setting_is_said_by_every_command(gatehouse: Gatehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_REDIS_URL", "nonsense")
    for command in (("serve",), ("worker",), ("migrate",), ("user", "list"), ("doctor",), ("settings",)):
        said = gatehouse(*command)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("gatehouse: GATEHOUSE_REDIS_URL: ")


def test_the_data_folder_may_be_given_before_the_command(gatehouse: Gatehouse, tmp_path: object) -> None:
    elsewhere = f"{tmp_path}/elsewhere"
    assert gatehouse("--data-dir", elsewhere, "user", "create", "ada", "ada@example.org").code == 0
    assert "ada" in gatehouse("--data-dir", elsewhere, "user", "list").out
    assert "ada" not in gatehouse("user", "list").out
