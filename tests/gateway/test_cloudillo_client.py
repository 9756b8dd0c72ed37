"""What Cloudillo's client library sends, from Node, over HTTPS at a tenant's own host, read as strictly as it reads."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.drivers.runtime.docker.certificates import Authority
from tests.gateway.served import served, settings_for

SCRIPT = Path(__file__).parents[1] / "clients" / "cloudillo-core.mjs"
ID_TAG = "gatehouse.localhost"


@pytest.mark.node
async def test_the_client_library_is_content(node: str, tmp_path: Path) -> None:
    authority = Authority()
    certificate, key = authority.issue(f"cl-o.{ID_TAG}")
    (tmp_path / "api.pem").write_text(certificate + key)
    (tmp_path / "authority.pem").write_text(authority.pem)
    settings = settings_for(tmp_path / "data", tls_certificates=(tmp_path / "api.pem",))
    async with served(settings) as replica:
        password = next(line for line in "".join(replica.said).splitlines() if line.startswith("Password")).split()[-1]
        arguments = (str(replica.port), ID_TAG, password, str(tmp_path / "authority.pem"))
        process = await asyncio.create_subprocess_exec(
            node, str(SCRIPT), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        async with asyncio.timeout(60):
            said, _ = await process.communicate()
        assert (process.returncode, said.decode().strip()) == (0, "done"), said.decode()
