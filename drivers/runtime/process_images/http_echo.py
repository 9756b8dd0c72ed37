"""Shipped image: answers every HTTP request with what it received, and prints its environment when it starts.

Runs as `{python} {images}/http_echo.py`; listens on $HOST:$PORT (127.0.0.1:8000 when unset). Standard library only.
The answer is JSON: {"method", "path", "headers", "body", "environment"}; body is decoded with replacement.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY_BYTES = 1024 * 1024


class Echo(BaseHTTPRequestHandler):
    """One request; any method."""

    protocol_version = "HTTP/1.1"
    server_version = "gatehouse-echo"
    timeout = 30

    def __getattr__(self, name: str) -> object:
        """The server looks for do_GET, do_POST and so on: they are all the same here."""
        if name.startswith("do_"):
            return self.echo
        raise AttributeError(name)

    def echo(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self.send_error(413 if length.isdigit() else 400)
            return
        answer = json.dumps(
            {
                "method": self.command,
                "path": self.path,
                "headers": dict(self.headers.items()),
                "body": self.rfile.read(int(length)).decode("utf-8", "replace"),
                "environment": dict(os.environ),
            },
            indent=2,
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        say(f"{self.address_string()} {format % args}")


def say(line: str) -> None:
    """Standard output is the instance's log."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000")))
    server = ThreadingHTTPServer(address, Echo)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    say(f"echo listens on {address[0]}:{address[1]}")
    for name, value in sorted(os.environ.items()):
        say(f"{name}={value}")
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    say("echo has ended")


if __name__ == "__main__":
    main()
