"""Texts and numbers that a database would choke on never reach it: refused, found nowhere, or made fit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.errors import DomainError, InvalidInput, NotFound
from domain.images.create_image import ImageSpec, create_image
from domain.images.import_image import import_image
from domain.images.queries import find_image_by_name
from domain.instances.deploy import deploy
from domain.instances.queries import InstanceFilter, get_instance, get_instance_by_short_id, list_instances
from domain.instances.redeploy import redeploy
from domain.instances.rename import rename
from domain.instances.run_command import run_command
from domain.instances.suspend import suspend
from domain.jobs.queries import OperationFilter, list_operations
from domain.nodes.queries import NodeFilter, list_nodes
from domain.nodes.register_node import NodeSpec, register_node
from tests.domain.instances.conftest import Place

Use = Callable[[Place, Any], Awaitable[Any]]
ODD = ["NUL \0 inside", "half a pair \ud800"]

REFUSED: dict[str, Use] = {
    "name": lambda p, t: deploy(p.ports, p.owner, p.spec(name=t)),
    "env": lambda p, t: deploy(p.ports, p.owner, p.spec(env={"A": t})),
    "image_name": lambda p, t: deploy(p.ports, p.owner, p.spec(image_id=None, image_name=t)),
    "image_ref": lambda p, t: deploy(p.ports, p.platform, p.spec(image_id=None, image_ref=t, tenant_id=p.tenant.id)),
    "region": lambda p, t: deploy(p.ports, p.owner, p.spec(region=t)),
    "owner_id": lambda p, t: deploy(p.ports, p.owner, p.spec(owner_id=t)),
    "node_id": lambda p, t: deploy(p.ports, p.owner, p.spec(node_id=t)),
    "annotations": lambda p, t: deploy(p.ports, p.owner, p.spec(annotations={"door": {"list": [t]}})),
    "annotation": lambda p, t: deploy(p.ports, p.owner, p.spec(annotations={t: 1})),
    "list": lambda p, t: list_instances(p.owner, InstanceFilter(name_contains=t)),
    "operations": lambda p, t: list_operations(p.owner, OperationFilter(kind=t)),
    "nodes": lambda p, t: list_nodes(p.owner, NodeFilter(region=t)),
    "node": lambda p, t: register_node(p.ports, p.platform, NodeSpec(t, driver="memory")),
    "node region": lambda p, t: register_node(p.ports, p.platform, NodeSpec("n", driver="memory", region=t)),
    "node host": lambda p, t: register_node(p.ports, p.platform, NodeSpec("n", driver="memory", public_host=t)),
    "node key": lambda p, t: register_node(p.ports, p.platform, NodeSpec("n", driver="memory", tls_key=t)),
    "node echo": lambda p, t: register_node(p.ports, p.platform, NodeSpec("n", driver="memory", annotations={"a": t})),
    "image": lambda p, t: create_image(p.ports, p.platform, ImageSpec(t, "site:1")),
    "image author": lambda p, t: create_image(p.ports, p.platform, ImageSpec("i", "site:1", author=t)),
    "image variables": lambda p, t: create_image(p.ports, p.platform, ImageSpec("i", "site:1", variables={"a": [t]})),
    "image env": lambda p, t: create_image(p.ports, p.platform, ImageSpec("i", "site:1", env={"A": t})),
    "egg": lambda p, t: import_image(p.ports, p.platform, {"Name": "egg", "Image": "x:1", "Whatever": {"a": t}}),
}


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("where", REFUSED)
async def test_it_is_refused(place: Place, where: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        await REFUSED[where](place, text)


@pytest.mark.parametrize("text", ODD)
async def test_it_is_refused_for_an_instance(place: Place, text: str) -> None:
    instance = await place.deployed()
    for use in (
        rename(place.ports, place.owner, instance.id, text),
        redeploy(place.ports, place.owner, instance.id, env={"A": text}),
        run_command(place.ports, place.owner, instance.id, ["echo", text]),
    ):
        with pytest.raises(InvalidInput):
            await use


@pytest.mark.parametrize("text", [*ODD, "1234567\0", "123456\ud800x"])
async def test_it_is_found_nowhere(place: Place, text: str) -> None:
    for use in (get_instance(place.owner, text), get_instance_by_short_id(place.owner, text)):
        with pytest.raises(NotFound):
            await use
    assert await find_image_by_name(place.owner, text) is None


@pytest.mark.parametrize("reason", [*ODD, "x" * 1000])
async def test_a_reason_is_made_fit(place: Place, reason: str) -> None:
    instance = await place.deployed()
    await suspend(place.ports, place.platform, instance.id, reason)
    assert len((await place.look(instance)).suspended_reason or "") in (len(ODD[0]), len(ODD[1]), 255)


@pytest.mark.parametrize("message", [*ODD, "x" * 1000])
async def test_what_an_engine_says_is_made_fit(place: Place, message: str) -> None:
    place.runtime.fail_next("start", DomainError(message))
    promised = await deploy(place.ports, place.owner, place.spec())
    await place.work()
    assert (await place.look(promised.instance)).state.value == "failed"
    place.runtime.fail_next("check", DomainError(message))
    await register_node(place.ports, place.platform, NodeSpec("other", driver="memory"))


TOO_LARGE: dict[str, Use] = {
    "disk": lambda p, n: deploy(p.ports, p.owner, p.spec(disk_bytes=n)),
    "disk below": lambda p, n: deploy(p.ports, p.owner, p.spec(disk_bytes=-n)),
    "memory": lambda p, n: deploy(p.ports, p.owner, p.spec(memory_bytes=n)),
    "cpu": lambda p, n: deploy(p.ports, p.owner, p.spec(cpu_millis=n)),
    "image port": lambda p, n: create_image(p.ports, p.platform, ImageSpec("i", "site:1", primary_port=n)),
    "node region": lambda p, n: register_node(p.ports, p.platform, NodeSpec("n", driver="memory", region="x" * 65)),
    "node address": lambda p, n: register_node(p.ports, p.platform, NodeSpec("n", address="unix:///" + "x" * 255)),
    "image author": lambda p, n: create_image(p.ports, p.platform, ImageSpec("i", "site:1", author_name="x" * 101)),
    "image stop": lambda p, n: create_image(p.ports, p.platform, ImageSpec("i", "site:1", stop_command="x" * 256)),
}


@pytest.mark.parametrize("where", TOO_LARGE)
async def test_what_no_column_holds_is_refused(place: Place, where: str) -> None:
    with pytest.raises(InvalidInput):
        await TOO_LARGE[where](place, 2**63)


@pytest.mark.parametrize(
    "document",
    [
        {"name": None, "ref": "x:1"},
        {"name": "i", "ref": None},
        {"name": "i", "ref": "x:1", "env": {"A": 1}},
        {"name": "i", "ref": "x:1", "env": {"1A": "x"}},
        {"Name": "i", "Image": "x:1", "Cmd": 5},
        {"Name": "i", "Image": "x:1", "Env": "A=1"},
        {"Name": 7, "Image": "x:1"},
    ],
)
async def test_an_image_document_of_wrong_kinds_is_refused(place: Place, document: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await import_image(place.ports, place.platform, document)


async def test_an_empty_field_of_an_image_document_is_as_if_it_were_not_there(place: Place) -> None:
    nothing = dict.fromkeys(("drivers", "command", "env", "variables", "description", "primary_port"))
    made = await import_image(place.ports, place.platform, {"name": "i", "ref": "x:1", **nothing})
    assert (made.drivers, made.env, made.description) == (["docker"], {}, "")


@pytest.mark.parametrize("part", ["100%", "a_b", "c\\d", "'e\"", "Größe", "%", "_", "\\"])
async def test_a_part_of_a_name_is_taken_literally(place: Place, part: str) -> None:
    for name in ("100% web", "a_b", "c\\d", "'e\"", "Größe", "plain"):
        await deploy(place.ports, place.owner, place.spec(name=name, ports=()))
    found = await list_instances(place.owner, InstanceFilter(name_contains=part))
    assert [part in one.name for one in found.items] == [True]
