"""One run of one instance: start it, watch it, answer for it, and record how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from . import procfs, record
from .commands import Command
from .family import Family, send, send_group
from .frames import MESSAGE, OUTPUT, pack
from .launch import Launch
from .limits import PROCESSES
from .logfile import LogFile
from .outputs import Output, Terminal
from .peers import ControlSocket, Peer, read_message
from .reactor import Reactor
from .spawn import Started, StartError, start_main

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WATCH_S = 0.2
SWEEP_S = 0.05
FAREWELL_S = 1.0
"""How long the last words to peers may take."""


class Supervisor:
    """Made with start(), then run() until it ends. Raises StartError from start()."""

    def __init__(self, run_folder: str, launch: Launch) -> None:
        self._run_folder = run_folder
        self._launch = launch
        self._reactor = Reactor()
        self._log = LogFile(launch.log_folder, launch.log_segment_bytes, launch.log_segments)
        self._family = Family()
        self._commands: dict[int, Command] = {}
        self._terminal: Terminal | None = None
        self._freezers: set[Peer] = set()
        self._exit_code: int | None = None
        self._ended = False

    def start(self) -> None:
        """The main process runs when this returns, and the record says so."""
        self._reactor.on_signal(signal.SIGCHLD, self._reap)
        self._reactor.on_signal(signal.SIGTERM, lambda: self._stop(self._launch.grace_s))
        for ignored in (signal.SIGHUP, signal.SIGINT):
            signal.signal(ignored, signal.SIG_IGN)
        self._outputs = self._open_outputs()
        self._record = self._first_record()
        self._control = ControlSocket(self._reactor, self._run_folder, self._on_request)
        record.write_record(self._run_folder, self._record)
        self._watch()

    def run(self) -> None:
        """Serve until the instance has ended and everything is told."""
        while not self._ended:
            self._reactor.turn()

    # --- the main process

    def _open_outputs(self) -> list[Output]:
        """Terminal inside the sandbox, where somebody may attach; two pipes otherwise."""
        if self._launch.bwrap is not None:
            ours, theirs = os.openpty()
            self._main = self._start_main((theirs, theirs, theirs), (theirs,), (ours,))
            self._terminal = Terminal(self._reactor, self._log, ours)
            self._terminal.resize(80, 24)
            return [self._terminal]
        nothing = os.open(os.devnull, os.O_RDONLY)
        output, output_writer = os.pipe()
        errors, errors_writer = os.pipe()
        writers = (nothing, output_writer, errors_writer)
        self._main = self._start_main(writers, writers, (output, errors))
        return [
            Output(self._reactor, self._log, "stdout", output),
            Output(self._reactor, self._log, "stderr", errors),
        ]

    def _start_main(self, stdio: tuple[int, int, int], theirs: tuple[int, ...], ours: tuple[int, ...]) -> Started:
        try:
            return start_main(self._launch, stdio)
        except StartError as error:
            os.set_blocking(ours[-1], False)
            with contextlib.suppress(OSError):
                error.said = os.read(ours[-1], 4096).decode("utf-8", "replace")
            for fd in ours:
                os.close(fd)
            raise
        finally:
            for fd in theirs:
                os.close(fd)

    def _first_record(self) -> dict[str, Any]:
        own, main = procfs.read_stat(os.getpid()), procfs.read_stat(self._main.main_pid)
        assert own is not None
        return {
            "run_id": self._launch.run_id,
            "boot_id": procfs.boot_id(),
            "supervisor_pid": os.getpid(),
            "supervisor_ticks": own.started_ticks,
            "main_pid": self._main.main_pid,
            "main_ticks": main.started_ticks if main is not None else 0,
            "sandboxed": self._launch.bwrap is not None,
            "state": record.RUNNING,
            "started_at": time.time(),
            "exited_at": None,
            "exit_code": None,
            "out_of_memory": False,
            "error": None,
        }

    def _set(self, **values: Any) -> None:
        """Change the record, here and on disk; a full disk must not end the instance."""
        self._record.update(values)
        try:
            record.write_record(self._run_folder, self._record)
        except OSError:
            return

    def _watch(self) -> None:
        """Memory and process count have no kernel limit of ours: whoever exceeds them is killed here."""
        if self._family.holds_more_than(self._launch.memory_bytes):
            self._record["out_of_memory"] = True
            self._kill("It used more memory than it may.")
        elif len(self._family.known()) > PROCESSES:
            self._kill("It started more processes than it may.")
        elif not self._control.is_reachable():
            self._kill("Its folder was removed.")  # nobody could ever stop it otherwise
        else:
            self._reactor.after("watch", WATCH_S, self._watch)

    # --- the end

    def _stop(self, grace_s: float) -> None:
        """Ask the main process alone, as container engines do; it knows what to do with its own children."""
        if self._exit_code is not None:
            return
        if procfs.is_alive(self._main.main_pid, self._record["main_ticks"]):
            send(self._main.main_pid, signal.SIGTERM)
        self._family.go_on()
        self._reactor.after("grace", grace_s, self._kill)

    def _kill(self, error: str | None = None) -> None:
        """Outside a sandbox the group and whoever left it; a sandbox goes as a whole with its bubblewrap."""
        if error is not None and self._record["error"] is None:
            self._record["error"] = error
        if self._exit_code is None:
            if self._launch.bwrap is None:
                send_group(self._main.child_pid, signal.SIGKILL)
            send(self._main.child_pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Collect every child that ended. Nobody left after the main process: this run is over."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                if self._exit_code is not None:
                    self._finish()
                return
            if pid == 0:
                return
            exit_code = os.waitstatus_to_exitcode(status)
            exit_code = 128 - exit_code if exit_code < 0 else exit_code
            if pid == self._main.child_pid:
                self._exit_code = exit_code
                self._reactor.cancel("watch")
                self._sweep()
            elif pid in self._commands:
                self._commands.pop(pid).exited(exit_code)

    def _sweep(self) -> None:
        """Nobody outlives the main process; orphans become our children, so killing children reaches everyone."""
        for pid in self._family.children():
            send(pid, signal.SIGKILL)
        self._reactor.after("sweep", SWEEP_S, self._sweep)

    def _finish(self) -> None:
        if self._ended:
            return
        self._ended = True
        for output in self._outputs:
            output.drain()
        self._log.close()
        self._control.stop_listening()
        self._set(state=record.EXITED, exit_code=self._exit_code, exited_at=time.time())
        for peer in self._control.peers:
            peer.send_message(ended=True)
        deadline = time.monotonic() + FAREWELL_S
        while any(peer.outbox_bytes for peer in self._control.peers) and time.monotonic() < deadline:
            self._reactor.after("farewell", SWEEP_S, lambda: None)
            self._reactor.turn()

    # --- what peers ask

    def _on_request(self, peer: Peer, request: dict[str, Any]) -> None:
        peer.on_frame = lambda kind, payload: None
        match request:
            case {"do": "stop", "grace_s": int() | float() as grace_s}:
                self._stop(grace_s)
            case {"do": "kill"}:
                self._kill()
            case {"do": "pause"}:
                self._pause(peer)
            case {"do": "unpause"}:
                self._unpause(peer)
            case {"do": "freeze"}:
                self._freeze(peer)
            case {"do": "run", "argv": [_, *_] as argv}:
                self._run_command(peer, [str(part) for part in argv])
            case {"do": "console", "columns": int() as columns, "rows": int() as rows}:
                self._attach(peer, columns, rows)
            case _:
                peer.close()

    def _pause(self, peer: Peer) -> None:
        self._family.hold_still()
        self._set(state=record.PAUSED)
        peer.send_message(ok=True)

    def _unpause(self, peer: Peer) -> None:
        self._set(state=record.RUNNING)
        if not self._freezers:
            self._family.go_on()
        peer.send_message(ok=True)

    def _freeze(self, peer: Peer) -> None:
        """Everyone holds still as long as this peer stays connected, so that a dead gateway freezes nobody."""
        self._freezers.add(peer)
        peer.on_close = lambda: self._thaw(peer)
        self._family.hold_still()
        peer.send_message(ok=True)

    def _thaw(self, peer: Peer) -> None:
        self._freezers.discard(peer)
        if not self._freezers and self._record["state"] == record.RUNNING:
            self._family.go_on()

    def _run_command(self, peer: Peer, argv: list[str]) -> None:
        if self._launch.bwrap is None:
            peer.send_message(error="unsupported")
            return
        try:
            command = Command(self._reactor, self._launch, self._main.main_pid, argv, peer)
        except (StartError, OSError) as error:
            peer.send_message(failed=getattr(error, "number", 0))
            return
        self._commands[command.child_pid] = command

    def _attach(self, peer: Peer, columns: int, rows: int) -> None:
        terminal = self._terminal
        if terminal is None:
            peer.send_message(error="unsupported")
            return

        def show(data: bytes) -> None:
            peer.send(pack(OUTPUT, data))

        def go_on() -> None:
            peer.hold_reading(False)

        def take(kind: int, payload: bytes) -> None:
            if kind == OUTPUT:
                terminal.write(payload)
                peer.hold_reading(terminal.is_full)
            elif kind == MESSAGE:
                _resize(terminal, read_message(payload))

        def leave() -> None:
            terminal.listeners.remove(show)
            terminal.on_room.remove(go_on)

        terminal.listeners.append(show)
        terminal.on_room.append(go_on)
        peer.on_frame, peer.on_close = take, leave
        terminal.resize(columns, rows)
        peer.send_message(ok=True)


def _resize(terminal: Terminal, message: dict[str, Any] | None) -> None:
    match message:
        case {"columns": int() as columns, "rows": int() as rows}:
            terminal.resize(columns, rows)
