"""Start the main process of an instance, or one more command beside it, and know whether it was really exec'ed."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import struct
import sys

from . import limits
from .launch import Launch

START_TIMEOUT_S = 10.0
_NS_GET_USERNS = 0xB701
_CREDENTIALS = struct.Struct("3i")


class StartError(Exception):
    """The command does not run. number: errno of the exec, 0 when the sandbox itself could not be made.

    said: what was printed before it failed.
    """

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number) if number else "sandbox failed")
        self.number = number
        self.said = ""


class Started:
    """child_pid: our own child, to be waited for. main_pid: the command itself (below bubblewrap when sandboxed)."""

    __slots__ = ("child_pid", "main_pid")

    def __init__(self, child_pid: int, main_pid: int) -> None:
        self.child_pid = child_pid
        self.main_pid = main_pid


def start_main(launch: Launch, stdio: tuple[int, int, int]) -> Started:
    """The instance's own command, in its own session. Raises StartError."""
    if launch.bwrap is None:
        return _start(launch, launch.command, launch.env, stdio, None)
    fresh = ["--unshare-user", "--unshare-pid"]
    return _start_inside(launch, fresh, "terminal", launch.command, stdio, ())


def start_beside(launch: Launch, main_pid: int, command: list[str], stdio: tuple[int, int, int]) -> Started:
    """One more command in the sandbox of main_pid: the same files, processes and user. Raises StartError."""
    pid_space = os.open(f"/proc/{main_pid}/ns/pid", os.O_RDONLY)
    owner = fcntl.ioctl(pid_space, _NS_GET_USERNS)
    user_space = os.open(f"/proc/{main_pid}/ns/user", os.O_RDONLY)
    spaces = (pid_space, owner, user_space)
    try:
        joined = ["--userns", str(owner), "--pidns", str(pid_space)]
        if not os.path.sameopenfile(owner, user_space):
            joined += ["--userns2", str(user_space)]  # without root, bubblewrap sets up in one and runs in another
        return _start_inside(launch, joined, "pipes", command, stdio, spaces)
    finally:
        for space in spaces:
            os.close(space)


def _start_inside(
    launch: Launch,
    namespaces: list[str],
    stdio_kind: str,
    command: list[str],
    stdio: tuple[int, int, int],
    inherited: tuple[int, ...],
) -> Started:
    """The environment goes in by descriptor: on the command line every user of the machine could read it."""
    assert launch.bwrap is not None
    setenv = [part for name, value in launch.env.items() for part in ("--setenv", name, value)]
    options = [*namespaces, *launch.sandbox_args, *setenv]
    arguments = os.memfd_create("bwrap-arguments")
    try:
        os.write(arguments, b"".join(os.fsencode(option) + b"\0" for option in options))
        os.lseek(arguments, 0, os.SEEK_SET)
        argv = [launch.bwrap, "--args", str(arguments), "--", sys.executable, "-I", "-S", launch.inside_program]
        tail = [stdio_kind, *command]
        return _start(launch, argv, {}, stdio, tail, (arguments, *inherited))
    finally:
        os.close(arguments)


def _start(
    launch: Launch,
    argv: list[str],
    env: dict[str, str],
    stdio: tuple[int, int, int],
    inside_tail: list[str] | None,
    inherited: tuple[int, ...] = (),
) -> Started:
    """inside_tail: what follows the status descriptor on the command line of inside.py; None without a sandbox."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        ours.settimeout(START_TIMEOUT_S)
        if inside_tail is not None:
            argv = [*argv, str(theirs.fileno()), *inside_tail]
            inherited = (*inherited, theirs.fileno())
        child_pid = _fork(launch, argv, env, stdio, inherited, theirs.fileno())
        theirs.close()
        try:
            main_pid = _wait_for_exec(ours)
            if main_pid is None and inside_tail is not None:
                raise StartError(0)
        except StartError:
            os.kill(child_pid, signal.SIGKILL)
            os.waitpid(child_pid, 0)
            raise
    return Started(child_pid, main_pid or child_pid)


def _fork(
    launch: Launch,
    argv: list[str],
    env: dict[str, str],
    stdio: tuple[int, int, int],
    inherited: tuple[int, ...],
    status_fd: int,
) -> int:
    supervisor_pid = os.getpid()
    child_pid = os.fork()
    if child_pid:
        return child_pid
    try:
        os.setsid()
        limits.die_with(supervisor_pid)
        limits.limit(launch.memory_bytes, launch.nice)
        for target, fd in enumerate(stdio):
            os.dup2(fd, target)
        for fd in inherited:
            os.set_inheritable(fd, True)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.umask(0o022)
        os.chdir(launch.data_folder)
        os.execvpe(argv[0], argv, env)
    except OSError as error:
        os.write(status_fd, b"failed %d" % (error.errno or errno.EIO))
    finally:
        os._exit(127)


def _wait_for_exec(status: socket.socket) -> int | None:
    """Read until end-of-file, which the exec itself brings. Returns the pid inside.py had, as we see it."""
    main_pid: int | None = None
    while True:
        try:
            message, ancillary, _, _ = status.recvmsg(64, socket.CMSG_SPACE(_CREDENTIALS.size))
        except TimeoutError:
            raise StartError(errno.ETIMEDOUT) from None
        if not message:
            return main_pid
        if message.startswith(b"failed "):
            raise StartError(int(message.split()[1]))
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                main_pid = _CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0]
