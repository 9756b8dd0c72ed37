"""The test image: a root of the static busybox and links to it, made without any registry."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

IMAGE_TAG = "gatehouse-test/busybox:1"
DIGEST_LABEL = "gatehouse.test.digest"
_FOLDERS = ("bin", "data", "etc", "proc", "root", "sys", "tmp", "www")
_FILES = {
    "www/index.html": b"gatehouse test page\n",
    "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": b"root:x:0:\nnogroup:x:65534:\n",
}


def image_archive() -> tuple[str, bytes]:
    """(sha256 of the archive, the archive): the same bytes for the same busybox."""
    busybox = shutil.which("busybox")
    assert busybox is not None, "the docker probe looks for busybox first"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for folder in _FOLDERS:
            archive.addfile(_entry(folder, tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755))
        _add_file(archive, "bin/busybox", Path(busybox).read_bytes(), 0o755)
        for name, content in _FILES.items():
            _add_file(archive, name, content, 0o644)
        for applet in _applets(busybox):
            link = _entry(f"bin/{applet}", tarfile.SYMTYPE, 0o777)
            link.linkname = "busybox"
            archive.addfile(link)
    content = out.getvalue()
    return hashlib.sha256(content).hexdigest(), content


def _applets(busybox: str) -> list[str]:
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
    return sorted(set(listed.stdout.split()) - {"busybox"})


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.mode = mode
    return entry


def _add_file(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = _entry(name, tarfile.REGTYPE, mode)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
