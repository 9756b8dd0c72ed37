"""Shipped image: serves the files of ./www, which it makes with a welcome page when it is not there.

Runs as `{python} {images}/static_site.py` in the instance's data folder; listens on $HOST:$PORT (127.0.0.1:8000 when
unset). Standard library only. One access line per request on stdout.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WWW = Path("www")
WELCOME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>It runs</title>
<style>
  body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem; color: #223; }
  code { background: #eef; padding: .1em .3em; border-radius: .2em; }
</style>
</head>
<body>
<h1>It runs.</h1>
<p>This page is served by an instance that Gatehouse deployed.</p>
<p>Put your own files into <code>www</code> in its data folder; this page is <code>www/index.html</code>.</p>
</body>
</html>
"""


class Site(SimpleHTTPRequestHandler):
    """Files below www and nothing else: a link that leads out of it is not followed."""

    server_version = "gatehouse-site"
    timeout = 30

    def translate_path(self, path: str) -> str:
        wanted = super().translate_path(path)
        root = os.path.realpath(self.directory)
        real = os.path.realpath(wanted)
        return wanted if real == root or real.startswith(f"{root}/") else os.path.join(root, "\ufffd")

    def log_message(self, format: str, *args: object) -> None:
        say(f"{self.address_string()} {format % args}")


def say(line: str) -> None:
    """Standard output is the instance's log."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    if not WWW.exists():
        WWW.mkdir()
        (WWW / "index.html").write_text(WELCOME, encoding="utf-8")
    address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000")))
    server = ThreadingHTTPServer(address, functools.partial(Site, directory=str(WWW)))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    say(f"site listens on {address[0]}:{address[1]}")
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    say("site has ended")


if __name__ == "__main__":
    main()
