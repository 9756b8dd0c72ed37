from __future__ import annotations

import asyncio
from uuid import uuid4

import docker
import pytest

from domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from domain.limits import MIB
from domain.ports.runtime import RuntimeState
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.names import OWNER
from drivers.runtime.docker.volumes import FILLING, FROZEN
from tests.drivers.runtime.docker.conftest import Run, Specify, left_of, logged, shell

pytestmark = pytest.mark.docker

WAIT = "while :; do sleep 1; done"


_COUNTERS = """
i=0
while :; do
  i=$((i+1))
  echo $i > /data/next; mv /data/next /data/count
  echo $i > /next; mv /next /count
done
"""


@pytest.fixture
def ref(owner: str) -> str:
    return f"gatehouse-test/{owner}-copy:1"


def _images(sdk: docker.APIClient, owner: str) -> list[str]:
    listed = sdk.images(filters={"label": f"{OWNER}={owner}"}, all=True)
    return sorted(name for image in listed for name in image["RepoTags"] or ["dangling"])


async def test_files_and_data_come_back_as_they_were(runtime: DockerRuntime, run: Run, ref: str) -> None:
    spec = await run(WAIT)
    before = (
        "echo one > /data/kept; mkdir /data/folder; chown 7:8 /data/folder; ln -s kept /data/link; echo root > /file"
    )
    await shell(runtime, spec.instance_id, before)
    committed = await runtime.commit(spec.instance_id, ref)
    assert (committed.ref, committed.size_bytes > 0) == (ref, True)
    assert (await runtime.inspect(spec.instance_id)).state is RuntimeState.RUNNING  # type: ignore[union-attr]
    await shell(runtime, spec.instance_id, "rm -r /data/*; echo two > /data/new; echo changed > /file; echo > /other")
    restored = await runtime.restore(spec, ref)
    assert restored.state is RuntimeState.CREATED
    await runtime.start(spec.instance_id)
    assert await shell(runtime, spec.instance_id, "ls /data; cat /data/link /file; ls /other || true") == (
        "folder\nkept\nlink\none\nroot\n"
    )
    assert (await shell(runtime, spec.instance_id, "stat -c '%u %g' /data/folder")) == "7 8\n"


async def test_files_that_were_deleted_stay_deleted(
    runtime: DockerRuntime, run: Run, ref: str, image_with_volume: str
) -> None:
    spec = await run(WAIT, image=image_with_volume)
    await shell(runtime, spec.instance_id, "rm /var/store/seed")
    await runtime.commit(spec.instance_id, ref)
    await shell(runtime, spec.instance_id, "echo new > /var/store/new")
    await runtime.restore(spec, ref)
    await runtime.start(spec.instance_id)
    assert await shell(runtime, spec.instance_id, "ls /var/store") == ""


async def test_an_images_own_volume_is_part_of_the_copy(
    runtime: DockerRuntime, run: Run, ref: str, image_with_volume: str
) -> None:
    spec = await run(WAIT, image=image_with_volume)
    await shell(runtime, spec.instance_id, "echo kept > /var/store/seed; echo data > /data/x")
    await runtime.commit(spec.instance_id, ref)
    await shell(runtime, spec.instance_id, "echo lost > /var/store/seed; rm /data/x")
    await runtime.restore(spec, ref)
    await runtime.start(spec.instance_id)
    assert await shell(runtime, spec.instance_id, "cat /var/store/seed /data/x") == "kept\ndata\n"


async def test_a_new_instance_can_be_made_of_a_copy(runtime: DockerRuntime, run: Run, ref: str) -> None:
    spec = await run(WAIT)
    await shell(runtime, spec.instance_id, "echo cloned > /data/file")
    await runtime.commit(spec.instance_id, ref)
    clone = await run("cat /data/file; sleep 100", image=ref)
    await logged(runtime, clone.instance_id, "cloned")
    assert {item.instance_id for item in await runtime.list_instances()} == {spec.instance_id, clone.instance_id}


async def test_a_restored_instance_can_be_copied_and_restored_again(
    runtime: DockerRuntime, run: Run, ref: str, owner: str, sdk: docker.APIClient
) -> None:
    spec = await run(WAIT)
    for number in (1, 2, 3):
        await shell(runtime, spec.instance_id, f"echo {number} > /data/{number}")
        await runtime.commit(spec.instance_id, ref)
        await shell(runtime, spec.instance_id, "rm /data/*")
        await runtime.restore(spec, ref)
        await runtime.start(spec.instance_id)
        assert await shell(runtime, spec.instance_id, "cat /data/*") == "".join(f"{n}\n" for n in range(1, number + 1))
    assert len(left_of(sdk, owner)) == 2


async def test_a_stopped_and_a_paused_instance_can_be_copied(runtime: DockerRuntime, run: Run, ref: str) -> None:
    spec = await run(WAIT)
    await runtime.pause(spec.instance_id)
    await runtime.commit(spec.instance_id, ref)
    assert (await runtime.inspect(spec.instance_id)).state is RuntimeState.PAUSED  # type: ignore[union-attr]
    await runtime.kill(spec.instance_id)
    await runtime.commit(spec.instance_id, ref)
    assert (await runtime.inspect(spec.instance_id)).state is RuntimeState.STOPPED  # type: ignore[union-attr]


async def test_the_copy_is_of_one_moment(runtime: DockerRuntime, run: Run, ref: str) -> None:
    """Two counters, one in each place, written in turn: they are never further apart than one."""
    spec = await run(_COUNTERS)
    await shell(runtime, spec.instance_id, "until [ -s /count ]; do :; done; head -c 20000000 /dev/zero > /data/big")
    await runtime.commit(spec.instance_id, ref)
    await runtime.restore(spec, ref)
    clone = await run("echo $(cat /data/count) $(cat /count); sleep 100", image=ref)
    async with runtime.logs(clone.instance_id, follow=True) as lines:
        data, root = (await anext(aiter(lines))).text.split()
    assert 0 <= int(data) - int(root) <= 1


async def test_an_instance_left_paused_by_a_broken_commit_is_woken_by_the_next(
    runtime: DockerRuntime, run: Run, ref: str
) -> None:
    spec = await run(WAIT)
    await runtime._volumes.mark(spec.instance_id, FROZEN)
    await runtime.pause(spec.instance_id)
    await runtime.commit(spec.instance_id, ref)
    assert (await runtime.inspect(spec.instance_id)).state is RuntimeState.RUNNING  # type: ignore[union-attr]


async def test_a_discarded_copy_is_gone_with_its_data(
    runtime: DockerRuntime, run: Run, ref: str, sdk: docker.APIClient, owner: str
) -> None:
    spec = await run(WAIT)
    await runtime.commit(spec.instance_id, ref)
    await runtime.commit(spec.instance_id, ref)
    assert len(_images(sdk, owner)) == 2
    await runtime.discard(ref)
    await runtime.discard(ref)
    assert _images(sdk, owner) == []


async def test_a_copy_in_use_leaves_with_its_last_instance(
    runtime: DockerRuntime, run: Run, ref: str, sdk: docker.APIClient, owner: str
) -> None:
    spec = await run(WAIT)
    await runtime.commit(spec.instance_id, ref)
    await runtime.restore(spec, ref)
    await runtime.start(spec.instance_id)
    await runtime.discard(ref)
    assert (await runtime.inspect(spec.instance_id)).state is RuntimeState.RUNNING  # type: ignore[union-attr]
    await runtime.destroy(spec.instance_id)
    assert _images(sdk, owner) == []


async def test_a_name_that_is_no_copys_is_left_alone(
    runtime: DockerRuntime, run: Run, busybox_image: str, sdk: docker.APIClient
) -> None:
    spec = await run(WAIT)
    for attempt in (
        runtime.discard(busybox_image),
        runtime.commit(spec.instance_id, busybox_image),
        runtime.restore(spec, busybox_image),
    ):
        with pytest.raises(Conflict, match="not a copy"):
            await attempt
    assert sdk.images(busybox_image)
    assert (await runtime.inspect(spec.instance_id)).state is RuntimeState.RUNNING  # type: ignore[union-attr]


async def test_what_is_not_there_is_not_found(runtime: DockerRuntime, run: Run, ref: str) -> None:
    spec = await run(WAIT)
    with pytest.raises(NotFound):
        await runtime.commit(uuid4(), ref)
    with pytest.raises(NotFound):
        await runtime.restore(spec, ref)
    assert (await runtime.inspect(spec.instance_id)).state is RuntimeState.RUNNING  # type: ignore[union-attr]


async def test_a_name_that_no_image_can_have_is_refused(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(WAIT)
    with pytest.raises(InvalidInput):
        await runtime.commit(spec.instance_id, "Not A Name")


async def test_a_restore_that_breaks_off_says_so_and_loses_no_data(
    runtime: DockerRuntime, run: Run, specify: Specify, ref: str, sdk: docker.APIClient, owner: str
) -> None:
    spec = await run(WAIT)
    await shell(runtime, spec.instance_id, "echo copied > /data/file")
    await runtime.commit(spec.instance_id, ref)
    await shell(runtime, spec.instance_id, "echo newer > /data/file")
    impossible = specify(WAIT, instance_id=spec.instance_id, memory_bytes=4 * MIB)
    with pytest.raises(Unavailable, match=r"half way: The memory limit is lower.*restore it again"):
        await runtime.restore(impossible, ref)
    assert len(left_of(sdk, owner)) == 1
    await run("cat /data/file; sleep 100", instance_id=spec.instance_id)
    await logged(runtime, spec.instance_id, "newer")
    await runtime.restore(spec, ref)
    await runtime.start(spec.instance_id)
    assert await shell(runtime, spec.instance_id, "cat /data/file") == "copied\n"


async def test_a_restore_whose_data_is_gone_changes_nothing(
    runtime: DockerRuntime, run: Run, ref: str, sdk: docker.APIClient, owner: str
) -> None:
    spec = await run(WAIT)
    await shell(runtime, spec.instance_id, "echo mine > /data/file")
    await runtime.commit(spec.instance_id, ref)
    before = left_of(sdk, owner)
    sdk.remove_image(next(name for name in _images(sdk, owner) if "-data:" in name))
    with pytest.raises(NotFound, match="not whole"):
        await runtime.restore(spec, ref)
    assert sorted(left_of(sdk, owner)) == sorted(before)
    assert await shell(runtime, spec.instance_id, "cat /data/file") == "mine\n"


async def test_a_restore_repeated_after_a_crash_starts_anew(
    runtime: DockerRuntime, run: Run, ref: str, sdk: docker.APIClient, owner: str
) -> None:
    spec = await run(WAIT)
    await shell(runtime, spec.instance_id, "echo copied > /data/file")
    await runtime.commit(spec.instance_id, ref)
    await runtime._volumes.mark(spec.instance_id, FILLING, "broken")
    await runtime._volumes.make(spec.instance_id, "/data", "broken")
    await runtime.restore(spec, ref)
    await runtime.start(spec.instance_id)
    assert await shell(runtime, spec.instance_id, "cat /data/file") == "copied\n"
    assert len(left_of(sdk, owner)) == 2


async def test_a_cancelled_commit_leaves_the_instance_running(runtime: DockerRuntime, run: Run, ref: str) -> None:
    spec = await run(WAIT)
    async with runtime.events() as events:
        committing = asyncio.create_task(runtime.commit(spec.instance_id, ref))
        async for event in events:
            if event.kind == "pause":
                break
        committing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await committing
    assert (await runtime.inspect(spec.instance_id)).state is RuntimeState.RUNNING  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        await runtime.restore(spec, ref)
