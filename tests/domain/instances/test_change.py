"""Resize, redeploy, rename, delete, run a command."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, Unavailable, Unsupported
from domain.instances.deploy import deploy
from domain.instances.destroy import destroy
from domain.instances.queries import InstanceFilter, get_instance, get_instance_by_short_id, list_instances
from domain.instances.redeploy import redeploy
from domain.instances.rename import rename
from domain.instances.resize import resize
from domain.instances.run_command import run_command
from domain.instances.stop import stop
from domain.jobs.cancel import cancel_operation
from domain.limits import MIB
from domain.models import AuditEntry, Instance, InstancePort, InstanceState, Node, Operation, OperationState
from tests.domain.instances.conftest import Place
from tests.domain.rows import image

S = InstanceState


async def test_resizing_a_running_instance_changes_its_limits(place: Place) -> None:
    instance = await place.deployed()
    await resize(place.ports, place.owner, instance.id, memory_bytes=128 * MIB)
    await place.work()
    bigger = await place.look(instance)
    assert (bigger.state, bigger.memory_bytes, bigger.cpu_millis) == (S.RUNNING, 128 * MIB, 500)
    assert place.runtime.spec_of(instance.id).memory_bytes == 128 * MIB


async def test_resizing_a_stopped_instance_leaves_it_stopped(place: Place) -> None:
    instance = await place.deployed()
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    await resize(place.ports, place.owner, instance.id, cpu_millis=2000)
    await place.work()
    assert ((await place.look(instance)).state, (await place.look(instance)).cpu_millis) == (S.STOPPED, 2000)


async def test_a_node_without_live_resize_wants_it_stopped(place: Place) -> None:
    instance = await place.deployed()
    await Node.filter(id=place.node.id).update(capabilities=[])
    with pytest.raises(Unsupported):
        await resize(place.ports, place.owner, instance.id, cpu_millis=2000)
    assert (await place.look(instance)).state is S.RUNNING


async def test_a_failed_resize_keeps_the_old_size(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_next("resize", DomainError("Below what it uses."))
    await resize(place.ports, place.owner, instance.id, memory_bytes=32 * MIB)
    await place.work()
    same = await place.look(instance)
    assert (same.state, same.state_reason, same.memory_bytes) == (S.RUNNING, "Below what it uses.", 64 * MIB)


@pytest.mark.parametrize("size", [{}, {"memory_bytes": 1}, {"cpu_millis": 1}, {"cpu_millis": 10**9}])
async def test_a_bad_size_is_refused(place: Place, size: dict[str, int]) -> None:
    instance = await place.deployed()
    with pytest.raises(InvalidInput):
        await resize(place.ports, place.owner, instance.id, **size)
    assert (await place.look(instance)).state is S.RUNNING


async def test_redeploying_changes_image_and_variables(place: Place) -> None:
    instance = await place.deployed()
    other = await image(ref="site:2")
    await redeploy(place.ports, place.owner, instance.id, image_id=other.id, env={"NEW": "1"})
    await place.work()
    again = await place.look(instance)
    assert (again.state, again.image_ref, again.env) == (S.RUNNING, "site:2", {"NEW": "1"})
    spec = place.runtime.spec_of(instance.id)
    assert (spec.image, spec.env, spec.primary_port) == ("site:2", {"NEW": "1"}, 8080)


async def test_redeploying_heals_a_failed_instance(place: Place) -> None:
    place.runtime.fail_next("start", Conflict("Port 8080 is already in use on this node."))
    promised = await deploy(place.ports, place.owner, place.spec())
    await place.work()
    await redeploy(place.ports, place.owner, promised.instance.id)
    await place.work()
    assert (await place.look(promised.instance)).state is S.RUNNING


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"image_id": "nope"}, InvalidInput),
        ({"env": {"1": "x"}}, InvalidInput),
    ],
)
async def test_a_bad_redeploy_is_refused(place: Place, change: dict[str, Any], error: type[DomainError]) -> None:
    instance = await place.deployed()
    with pytest.raises(error):
        await redeploy(place.ports, place.owner, instance.id, **change)
    assert (await place.look(instance)).state is S.RUNNING


async def test_redeploying_onto_an_image_of_another_driver_is_unsupported(place: Place) -> None:
    instance = await place.deployed()
    docker_only = await image(drivers=["docker"])
    with pytest.raises(Unsupported):
        await redeploy(place.ports, place.owner, instance.id, image_id=docker_only.id)


async def test_a_new_name_and_its_slug(place: Place) -> None:
    instance = await place.deployed()
    renamed = await rename(place.ports, place.owner, instance.id, "  Other name ")
    assert (renamed.name, renamed.slug) == ("Other name", "other-name")
    again = await rename(place.ports, place.owner, instance.id, "other NAME")
    assert again.slug == "other-name"
    with pytest.raises(InvalidInput):
        await rename(place.ports, place.owner, instance.id, "")
    with pytest.raises(Forbidden):
        await rename(place.ports, place.viewer, instance.id, "x")


async def test_a_deleted_instance_is_gone_from_everywhere(place: Place) -> None:
    instance = await place.deployed()
    await destroy(place.ports, place.owner, instance.id)
    assert (await place.look(instance)).state is S.DELETING
    await place.work()
    gone = await place.look(instance)
    assert (gone.state, gone.slug, gone.runtime_id) == (S.DELETED, None, None)
    assert await place.runtime.list_instances() == []
    assert await InstancePort.all().count() == 0
    for read in (get_instance(place.owner, instance.id), get_instance_by_short_id(place.owner, instance.short_id)):
        with pytest.raises(NotFound):
            await read
    assert (await list_instances(place.owner)).items == []
    assert [i.id for i in (await list_instances(place.owner, InstanceFilter(include_deleted=True))).items] == [gone.id]
    assert await AuditEntry.filter(action="instance.deleted").count() == 1
    with pytest.raises(NotFound):
        await destroy(place.ports, place.owner, instance.id)


async def test_name_and_port_are_free_again_after_deletion(place: Place) -> None:
    instance = await place.deployed()
    await destroy(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.deployed()).slug == "web"


async def test_deleting_ends_a_build_that_waits(place: Place) -> None:
    promised = await deploy(place.ports, place.owner, place.spec())
    await destroy(place.ports, place.owner, promised.instance.id)
    await place.work()
    assert (await place.look(promised.instance)).state is S.DELETED
    assert (await Operation.get(id=promised.operation.id)).state is OperationState.CANCELLED
    assert await place.runtime.list_instances() == []


async def test_deleting_twice_is_a_conflict_and_cannot_be_cancelled(place: Place) -> None:
    instance = await place.deployed()
    promised = await destroy(place.ports, place.owner, instance.id)
    with pytest.raises(Conflict):
        await destroy(place.ports, place.owner, instance.id)
    with pytest.raises(Conflict):
        await cancel_operation(place.ports, place.owner, promised.operation.id)


async def test_a_deletion_that_fails_says_so_and_can_be_tried_again(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_next("destroy", DomainError("The volume is busy."))
    await destroy(place.ports, place.owner, instance.id)
    await place.work()
    left = await place.look(instance)
    assert (left.state, left.state_reason) == (S.FAILED, "It could not be deleted: The volume is busy.")
    await destroy(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.DELETED


async def test_a_command_is_run_and_audited(place: Place) -> None:
    instance = await place.deployed()
    result = await run_command(place.ports, place.owner, instance.id, ["echo", "hello"])
    assert (result.exit_code, result.stdout.strip()) == (0, "hello")
    [entry] = await AuditEntry.filter(action="instance.command_run")
    assert entry.details == {"command": "echo"}


@pytest.mark.parametrize(
    ("argv", "timeout_s"), [([], None), ([""], None), (["a\0b"], None), (["a"] * 300, None), (["a"], 0), (["a"], 1e9)]
)
async def test_a_bad_command_is_refused(place: Place, argv: list[str], timeout_s: float | None) -> None:
    instance = await place.deployed()
    with pytest.raises(InvalidInput):
        await run_command(place.ports, place.owner, instance.id, argv, timeout_s)


async def test_a_command_needs_a_running_instance_and_the_right(place: Place) -> None:
    instance = await place.deployed()
    with pytest.raises(Forbidden):
        await run_command(place.ports, place.viewer, instance.id, ["true"])
    await Instance.filter(id=instance.id).update(state=S.STOPPED)
    with pytest.raises(Conflict):
        await run_command(place.ports, place.owner, instance.id, ["true"])


async def test_a_command_on_a_node_that_does_not_answer_is_unavailable(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_next("run_command", Unavailable("The engine does not answer."))
    with pytest.raises(Unavailable):
        await run_command(place.ports, place.owner, instance.id, ["true"])
