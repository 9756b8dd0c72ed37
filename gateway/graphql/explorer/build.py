"""Fetch the explorer's files from npm: `python -m gateway.graphql.explorer.build`.

Without npm nothing is fetched and nothing fails: the page then links a content delivery network.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gateway.graphql.explorer.assets import ASSETS, FOLDER, Asset, are_built

FETCH_WITHIN_S = 120.0
NPM = ("--silent", "--fetch-retries=1", "--fetch-timeout=20000")


class WrongDigestError(Exception):
    """What the registry gave is not what was reviewed."""


def build(folder: Path = FOLDER, wanted: Sequence[Asset] = ASSETS) -> bool:
    """Whether all files are there now. WrongDigestError; CalledProcessError: npm failed."""
    if are_built(folder, wanted):
        return True
    npm = shutil.which("npm")
    if npm is None:
        return False
    with tempfile.TemporaryDirectory() as scratch:
        fetched = {asset: _fetched(npm, asset, Path(scratch)) for asset in wanted}
    folder.mkdir(exist_ok=True)
    for asset, content in fetched.items():
        (folder / asset.name).write_bytes(content)
    return True


def _fetched(npm: str, asset: Asset, scratch: Path) -> bytes:
    archive = scratch / f"{asset.package}-{asset.version}.tgz"
    if not archive.exists():
        command = [npm, "pack", f"{asset.package}@{asset.version}", "--pack-destination", str(scratch), *NPM]
        subprocess.run(command, cwd=scratch, check=True, capture_output=True, timeout=FETCH_WITHIN_S)
    with tarfile.open(archive) as packed:
        member = packed.extractfile(f"package/{asset.path}")
        assert member is not None
        content = member.read()
    if digest(content) != asset.integrity:
        raise WrongDigestError(f"{asset.package}@{asset.version}/{asset.path}")
    return content


def digest(content: bytes) -> str:
    """As in an HTML integrity attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def main() -> int:
    """Says what was done; 1 when npm is present and failed."""
    try:
        done = build()
    except (WrongDigestError, OSError, subprocess.SubprocessError) as exc:
        sys.stderr.write(f"The explorer's files could not be fetched ({exc}); its page links {ASSETS[0].remote_url}\n")
        return 1
    sys.stdout.write("The explorer's files are here.\n" if done else "Without npm the explorer links its files.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
