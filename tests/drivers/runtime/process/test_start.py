"""What is run and with which environment; and how a start fails."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from domain.errors import Conflict, InvalidInput, Unavailable
from domain.ports.runtime import PortBinding, RuntimeState
from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.environment import IMAGES
from drivers.runtime.process.starter import ERRORS_NAME
from tests.drivers.runtime.process.conftest import ENGINE, opened, printed, run_script, spec_of
from tests.drivers.runtime.waiting import seen_in_log

IDLE = "echo ready; exec sleep 600"


@pytest.mark.parametrize("command", [None, ()])
async def test_an_image_without_a_command_cannot_be_made(
    runtime: ProcessRuntime, command: tuple[str, ...] | None
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await runtime.create(spec_of("", command=command))
    assert caught.value.details["field"] == "image"
    assert await runtime.list_instances() == []


async def test_the_places_in_a_command_are_filled_in(runtime: ProcessRuntime) -> None:
    spec = spec_of("", command=("{python}", "-c", "import sys; print(sys.executable); print('{images}', '{other}')"))
    await runtime.create(spec)
    await runtime.start(spec.instance_id)
    assert await printed(runtime, spec.instance_id) == [sys.executable, f"{IMAGES} {{other}}"]


async def test_the_environment_is_the_instances_and_nothing_of_ours(
    runtime: ProcessRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET", "not for instances")
    env = {"COLOUR": "blue", "MULTI": "a\nb=c", "PORT": "1", "HOST": "0.0.0.0", "HOME": "/"}
    spec = spec_of("", env=env, primary_port=18091, command=("{python}", "-c", DUMP))
    await runtime.create(spec)
    await runtime.start(spec.instance_id)
    seen = json.loads("".join(await printed(runtime, spec.instance_id)))
    assert (seen["COLOUR"], seen["MULTI"]) == ("blue", "a\nb=c")
    assert (seen["PORT"], seen["PRIMARY_PORT"], seen["HOST"]) == ("18091", "18091", "127.0.0.1")
    assert seen["GATEHOUSE_INSTANCE_ID"] == str(spec.instance_id)
    assert seen["HOME"].endswith("data")
    assert "GATEWAY_SECRET" not in seen


DUMP = "import json, os; print(json.dumps(dict(os.environ)))"


async def test_instances_listen_where_the_setting_says(root: Path) -> None:
    async with opened(ProcessRuntime(ENGINE, root=root, sandbox=False, bind_host="0.0.0.0")) as runtime:
        assert await printed(runtime, await run_script(runtime, "echo $HOST")) == ["0.0.0.0"]


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "PYTHONSTARTUP", "PATH", "BASH_ENV", "NODE_OPTIONS", ""])
async def test_a_variable_that_would_choose_what_runs_is_refused(plain: ProcessRuntime, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await plain.create(spec_of(IDLE, env={name: "/data/evil.so"}))
    assert caught.value.details["field"] == "env"
    assert await plain.list_instances() == []


async def test_a_harmless_variable_of_the_same_kind_is_not(plain: ProcessRuntime) -> None:
    instance_id = await run_script(plain, "echo $PYTHONUNBUFFERED", env={"PYTHONUNBUFFERED": "1"})
    assert await printed(plain, instance_id) == ["1"]


async def test_a_program_that_is_not_there_is_told_in_plain_words(runtime: ProcessRuntime, tmp_path: Path) -> None:
    no_program = tmp_path / "not-executable"
    no_program.write_text("text")
    for program in ("no-such-program", "/no/such/program", str(no_program), "/etc"):
        spec = spec_of("", command=(program, "argument"))
        await runtime.create(spec)
        with pytest.raises(InvalidInput, match="no such program") as caught:
            await runtime.start(spec.instance_id)
        assert "/" not in caught.value.message
        observed = await runtime.inspect(spec.instance_id)
        assert observed is not None
        assert observed.state is RuntimeState.CREATED


async def test_a_failed_start_leaves_no_process_behind(runtime: ProcessRuntime) -> None:
    spec = spec_of("", command=("no-such-program",))
    await runtime.create(spec)
    with pytest.raises(InvalidInput):
        await runtime.start(spec.instance_id)
    assert str(spec.instance_id) not in _all_command_lines()


def _all_command_lines() -> str:
    lines = []
    for name in os.listdir("/proc"):
        try:
            lines.append(Path("/proc", name, "cmdline").read_text(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)


async def test_a_supervisor_that_crashes_says_why_in_the_cause(plain: ProcessRuntime, root: Path) -> None:
    spec = spec_of(IDLE)
    await plain.create(spec)
    log = root / str(spec.instance_id) / "log"
    (log / "12345.jsonl").mkdir()
    with pytest.raises(Unavailable) as caught:
        await plain.start(spec.instance_id)
    assert "IsADirectoryError" in str(caught.value.__cause__)
    assert (root / str(spec.instance_id) / "run" / ERRORS_NAME).exists()
    (log / "12345.jsonl").rmdir()
    assert (await plain.start(spec.instance_id)).state is RuntimeState.RUNNING


async def test_a_port_that_only_wants_a_moment_is_not_in_use(plain: ProcessRuntime) -> None:
    """A connection that was closed a moment ago keeps its port in TIME_WAIT."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        port = server.getsockname()[1]
        served, _ = server.accept()
        served.close()
        assert client.recv(1) == b""
    instance_id = await run_script(plain, IDLE, primary_port=port)
    await seen_in_log(plain, instance_id, "ready")


async def test_a_udp_port_in_use_is_a_conflict(plain: ProcessRuntime) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Conflict) as caught:
            await run_script(plain, IDLE, ports=(PortBinding(53, port, "udp"),))
    assert caught.value.details == {"port": port, "reason": "port_in_use"}


async def test_a_number_that_is_no_port_is_refused(plain: ProcessRuntime) -> None:
    with pytest.raises(InvalidInput, match="70000"):
        await run_script(plain, IDLE, primary_port=70_000)


async def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    runtime = ProcessRuntime(ENGINE, root=tmp_path / "file" / "instances", sandbox=False)
    with pytest.raises(Unavailable):
        await runtime.check()
    await runtime.close()
