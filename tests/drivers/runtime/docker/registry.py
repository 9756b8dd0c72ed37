"""A registry of one small image, enough of the distribution protocol for an engine to pull it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
NAME = "test/image"
_MISSING = (
    404,
    "application/json",
    b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}',
)


class Registry:
    """Serves NAME:1 on a port of this machine. answers: path → (status, content type, body), free to change."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, bytes]] = {"/v2/": (200, "application/json", b"{}")}
        self._add_image()
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                missing = (
                    404,
                    "application/json",
                    b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}',
                )
                status, kind, body = registry.answers.get(self.path, missing)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815 (the name that http.server looks for)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def _add_image(self) -> None:
        layers = [_layer(f"file{number}") for number in range(2)]
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {"Cmd": ["/file0"]},
                "rootfs": {"type": "layers", "diff_ids": [_digest(layer) for layer in layers]},
            }
        ).encode()
        packed = [gzip.compress(layer) for layer in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": self._blob("application/vnd.docker.container.image.v1+json", config),
            "layers": [self._blob("application/vnd.docker.image.rootfs.diff.tar.gzip", blob) for blob in packed],
        }
        body = json.dumps(manifest).encode()
        for key in ("1", _digest(body)):
            self.answers[f"/v2/{NAME}/manifests/{key}"] = (200, MANIFEST_TYPE, body)

    def _blob(self, kind: str, body: bytes) -> dict[str, Any]:
        self.answers[f"/v2/{NAME}/blobs/{_digest(body)}"] = (200, "application/octet-stream", body)
        return {"mediaType": kind, "size": len(body), "digest": _digest(body)}


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _layer(name: str) -> bytes:
    """A file of 2 MB that does not compress, so that a pull takes several steps."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = 2_000_000, 0o755
        archive.addfile(entry, io.BytesIO(os.urandom(entry.size)))
    return out.getvalue()
