"""First program inside the sandbox: says who it is to the supervisor, takes the terminal, becomes the command.

Run as `python -I -S inside.py STATUS_FD pipes|terminal COMMAND…`. The message "ready" carries our pid as the kernel
translates it for the supervisor; then end-of-file says that the command runs, "failed ERRNO" that it does not.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios


def main() -> None:
    status_fd, stdio, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    os.set_inheritable(status_fd, False)
    os.write(status_fd, b"ready")
    os.setsid()
    if stdio == "terminal":
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(status_fd, b"failed %d" % (error.errno or 0))
        os.write(2, f"{command[0]}: {os.strerror(error.errno or 0)}\n".encode())
    os._exit(127)


if __name__ == "__main__":
    main()
