"""The shipped images: a static site and an HTTP echo, as a catalogue runs them."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.ports.runtime import RuntimeSpec
from drivers.runtime.process import ProcessRuntime
from tests.drivers.runtime.bench import files_at, link, pieces, put, tar_of_members
from tests.drivers.runtime.process.conftest import free_port, spec_of
from tests.drivers.runtime.waiting import seen_in_log


def image(name: str, **changes: Any) -> RuntimeSpec:
    return spec_of("", command=("{python}", f"{{images}}/{name}.py"), primary_port=free_port(), **changes)


async def serve(runtime: ProcessRuntime, spec: RuntimeSpec, word: str) -> UUID:
    await runtime.create(spec)
    await runtime.start(spec.instance_id)
    await seen_in_log(runtime, spec.instance_id, f"{word} listens on 127.0.0.1:{spec.primary_port}")
    return spec.instance_id


async def ask(
    spec: RuntimeSpec, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """(status, body) of one request to the primary port."""

    def go() -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", spec.primary_port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    return await asyncio.to_thread(go)


async def test_the_static_site_welcomes_on_its_primary_port(runtime: ProcessRuntime) -> None:
    spec = image("static_site")
    site = await serve(runtime, spec, "site")
    status, page = await ask(spec, "GET", "/")
    assert status == 200
    assert "<h1>It runs.</h1>" in page
    await seen_in_log(runtime, site, '127.0.0.1 "GET / HTTP/1.1" 200 -')
    assert list(await files_at(runtime, site, "/data/www")) == ["www/index.html"]


async def test_the_static_site_serves_what_it_is_given(runtime: ProcessRuntime) -> None:
    spec = image("static_site")
    site = await serve(runtime, spec, "site")
    await put(runtime, site, {"index.html": b"mine", "css/main.css": b"p {}"}, "/data/www")
    assert await ask(spec, "GET", "/") == (200, "mine")
    assert await ask(spec, "GET", "/css/main.css") == (200, "p {}")
    assert (await ask(spec, "GET", "/nothing"))[0] == 404
    await runtime.restart(site, 5)
    await seen_in_log(runtime, site, "site has ended")
    async with runtime.logs(
        site, after=(await seen_in_log(runtime, site, "site has ended")).cursor, follow=True
    ) as log:
        await anext(aiter(log))
    assert await ask(spec, "GET", "/") == (200, "mine")


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/link", "/folder/secret"])
async def test_the_static_site_stays_in_its_folder(runtime: ProcessRuntime, path: str) -> None:
    spec = image("static_site")
    site = await serve(runtime, spec, "site")
    await put(runtime, site, {"secret": b"hidden"})
    links = tar_of_members([link("link", "../secret"), link("folder", "..")])
    await runtime.write_archive(site, "/data/www", pieces(links))
    status, body = await ask(spec, "GET", path)
    assert (status, "hidden" in body) == (404, False)


async def test_the_echo_answers_with_what_it_received(runtime: ProcessRuntime) -> None:
    spec = image("http_echo", env={"COLOUR": "blue"})
    await serve(runtime, spec, "echo")
    status, body = await ask(spec, "PUT", "/some/path?x=1", b"the body", {"X-Mine": "yes"})
    answer = json.loads(body)
    assert status == 200
    assert (answer["method"], answer["path"], answer["body"]) == ("PUT", "/some/path?x=1", "the body")
    assert answer["headers"]["X-Mine"] == "yes"
    assert answer["environment"]["COLOUR"] == "blue"
    assert answer["environment"]["PORT"] == str(spec.primary_port)


async def test_the_echo_prints_its_environment(runtime: ProcessRuntime) -> None:
    spec = image("http_echo", env={"COLOUR": "blue"})
    echo = await serve(runtime, spec, "echo")
    await seen_in_log(runtime, echo, "COLOUR=blue")
    await seen_in_log(runtime, echo, f"PRIMARY_PORT={spec.primary_port}")


async def test_the_echo_refuses_a_body_without_measure(runtime: ProcessRuntime) -> None:
    spec = image("http_echo")
    await serve(runtime, spec, "echo")
    assert (await ask(spec, "POST", "/", b"", {"Content-Length": "99999999"}))[0] == 413
    assert (await ask(spec, "POST", "/", b"", {"Content-Length": "many"}))[0] == 400
    assert (await ask(spec, "HEAD", "/")) == (200, "")


@pytest.mark.parametrize(("name", "word"), [("static_site", "site"), ("http_echo", "echo")])
async def test_a_shipped_image_ends_when_asked(runtime: ProcessRuntime, name: str, word: str) -> None:
    spec = image(name)
    instance_id = await serve(runtime, spec, word)
    began = time.monotonic()
    stopped = await runtime.stop(instance_id, 10)
    assert (stopped.exit_code, time.monotonic() - began < 3) == (0, True)


def test_an_image_needs_the_standard_library_only() -> None:
    images = Path(__file__).parents[4] / "drivers" / "runtime" / "process_images"
    for path in images.glob("*.py"):
        assert "from drivers" not in path.read_text()
        assert "from domain" not in path.read_text()
