"""The engines that other tests rely on are what their fixtures promise."""

from __future__ import annotations

import subprocess
import urllib.request
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import docker
import pytest
import redis.asyncio

from tests.engines.redis import RedisServer


def test_the_busybox_image_serves_its_page(docker_engine: str, busybox_image: str) -> None:
    client = docker.DockerClient(base_url=docker_engine)
    container = client.containers.run(busybox_image, detach=True, init=True, ports={"80/tcp": ("127.0.0.1", 0)})
    try:
        container.reload()
        bound = container.ports["80/tcp"]
        assert bound is not None
        port = bound[0]["HostPort"]
        said = container.exec_run(["sh", "-c", "wget -q -O - http://127.0.0.1/"])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            assert page.read() == said.output == b"gatehouse test page\n"
    finally:
        container.remove(force=True, v=True)
        client.close()


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_gets_an_empty_database(postgres_url: str, turn: int) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE only_once (id int)")
    assert await connection.fetchval("SELECT count(*) FROM only_once") == 0
    await connection.close()


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_gets_an_empty_redis(redis_url: str, turn: int) -> None:
    async with redis.asyncio.from_url(redis_url) as client:
        assert await client.incr("turns") == 1


@pytest.mark.parametrize(("restartable_redis", "kept"), [(False, None), (True, b"1")], indirect=["restartable_redis"])
async def test_a_killed_redis_comes_back_on_its_port(restartable_redis: RedisServer, kept: bytes | None) -> None:
    address = restartable_redis.url()
    async with redis.asyncio.from_url(address) as client:
        await client.set("key", "1")
    restartable_redis.kill()
    restartable_redis.start()
    assert restartable_redis.url() == address
    async with redis.asyncio.from_url(address) as client:
        assert await client.get("key") == kept


def test_node_finds_the_clients(node: str, node_modules: Path) -> None:
    names = ["graphql", "graphql-http", "graphql-ws", "graphql-sse", "ws", "playwright-core"]
    script = f"for (const name of {names!r}) await import(name); console.log('all')"
    ran = subprocess.run(
        [node, "--input-type=module", "-e", script], cwd=node_modules.parent, capture_output=True, text=True
    )
    assert (ran.stdout, ran.stderr) == ("all\n", "")


def test_chromium_renders_a_page(chromium: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p id=p></p><script>p.textContent = 6 * 7</script>")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path}/u",
    ]
    ran = subprocess.run(
        [chromium, *flags, "--dump-dom", f"file://{tmp_path}/page.html"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert '<p id="p">42</p>' in ran.stdout


def test_bubblewrap_hides_the_other_processes(bubblewrap: str) -> None:
    command = [bubblewrap, "--ro-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "sh", "-c", "echo $$"]
    assert int(subprocess.run(command, capture_output=True, check=True).stdout) < 10
