from __future__ import annotations

import asyncio
from uuid import uuid4

import docker
import pytest

from domain.errors import Conflict, InvalidInput, NotFound
from domain.limits import MIB
from domain.ports.runtime import NodeEngine, PortBinding, RuntimeState
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.blueprint import Mount, container_options
from drivers.runtime.docker.names import INSTANCE, OWNER, container_name
from drivers.runtime.docker.volumes import FILLING
from tests.drivers.runtime.docker.conftest import Run, Specify, left_of, logged, shell
from tests.engines.process import free_port

pytestmark = pytest.mark.docker


async def test_a_container_is_made_as_specified(
    runtime: DockerRuntime, specify: Specify, sdk: docker.APIClient, owner: str
) -> None:
    tcp, udp = free_port(), free_port()
    spec = specify(
        ("sleep", "100"),
        name="a-name",
        memory_bytes=48 * MIB,
        cpu_millis=250,
        env={"COLOUR": "blue"},
        ports=(PortBinding(80, tcp), PortBinding(53, udp, "udp")),
        primary_port=tcp,
        labels={"shelf": "3", OWNER: "somebody else"},
        stop_grace_s=4.5,
    )
    observed = await runtime.create(spec)
    made = sdk.inspect_container(container_name(spec.instance_id))
    host, config = made["HostConfig"], made["Config"]
    assert (observed.state, observed.runtime_id) == (RuntimeState.CREATED, made["Id"])
    assert (host["Memory"], host["MemorySwap"]) == (48 * MIB, 48 * MIB)
    assert (host["CpuQuota"], host["CpuPeriod"], host["NanoCpus"]) == (25_000, 100_000, 0)
    assert host["PortBindings"] == {
        "80/tcp": [{"HostIp": "", "HostPort": str(tcp)}],
        "53/udp": [{"HostIp": "", "HostPort": str(udp)}],
    }
    assert (host["Init"], host["SecurityOpt"]) == (True, ["no-new-privileges"])
    assert (host["RestartPolicy"]["Name"], host["PidsLimit"] > 0) == ("no", True)
    assert (config["Tty"], config["OpenStdin"], config["StdinOnce"]) == (True, True, False)
    assert (config["Hostname"], config["Cmd"], config["StopTimeout"]) == ("a-name", ["sleep", "100"], 5)
    assert {"COLOUR=blue", f"PORT={tcp}", f"PRIMARY_PORT={tcp}"} <= set(config["Env"])
    assert config["Labels"]["shelf"] == "3"
    assert (config["Labels"][OWNER], config["Labels"][INSTANCE]) == (owner, str(spec.instance_id))
    assert [mount["Destination"] for mount in made["Mounts"]] == ["/data"]


async def test_a_repeated_create_returns_the_first_one(runtime: DockerRuntime, specify: Specify) -> None:
    spec = specify()
    first, second = await runtime.create(spec), await runtime.create(spec)
    assert first == second


async def test_creates_at_once_make_one_container(
    docker_node: NodeEngine, runtime: DockerRuntime, specify: Specify, sdk: docker.APIClient, owner: str
) -> None:
    """Two of them by another gateway, which knows nothing of the first's calls."""
    spec = specify()
    other = DockerRuntime(docker_node, owner=owner)
    made = await asyncio.gather(*(maker.create(spec) for maker in (runtime, other, runtime, other)))
    await other.close()
    assert len({observed.runtime_id for observed in made}) == 1
    assert len(left_of(sdk, owner)) == 2


async def test_a_volume_that_the_engine_had_to_make_goes_with_the_instance(
    runtime: DockerRuntime, specify: Specify, sdk: docker.APIClient, owner: str
) -> None:
    spec = specify()
    volume = await runtime._volumes.make(spec.instance_id, "/data", "")
    options = container_options(sdk, spec, image=spec.image, owner=owner, bind_address="", mounts=[Mount(volume)])
    sdk.remove_volume(volume.name)
    sdk.create_container(**options)
    await runtime.destroy(spec.instance_id)
    assert volume.name not in {found["Name"] for found in sdk.volumes()["Volumes"] or ()}


async def test_the_published_port_answers_at_the_bind_address(
    docker_node: NodeEngine, owner: str, runtime: DockerRuntime, specify: Specify
) -> None:
    port = free_port()
    bound = DockerRuntime(docker_node, owner=owner, bind_address="127.0.0.2")
    spec = specify(ports=(PortBinding(80, port),), primary_port=port)
    await bound.create(spec)
    await bound.start(spec.instance_id)
    reader, writer = await asyncio.open_connection("127.0.0.2", port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    assert b"gatehouse test page" in await reader.read()
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await bound.close()


async def test_a_missing_image_leaves_nothing(
    runtime: DockerRuntime, specify: Specify, sdk: docker.APIClient, owner: str
) -> None:
    with pytest.raises(NotFound) as caught:
        await runtime.create(specify(image="gatehouse-test/absent:1"))
    assert caught.value.details == {"image": "gatehouse-test/absent:1"}
    assert left_of(sdk, owner) == []


async def test_a_refused_create_leaves_nothing(
    runtime: DockerRuntime, specify: Specify, sdk: docker.APIClient, owner: str
) -> None:
    with pytest.raises(InvalidInput, match="memory limit is lower"):
        await runtime.create(specify(memory_bytes=4 * MIB))
    assert left_of(sdk, owner) == []


async def test_the_port_of_another_is_named_and_the_instance_starts_when_it_is_free(
    runtime: DockerRuntime, run: Run, specify: Specify
) -> None:
    port = free_port()
    first = await run(ports=(PortBinding(80, port),))
    second = specify(ports=(PortBinding(80, port),))
    await runtime.create(second)
    with pytest.raises(Conflict, match=f"^Port {port} is already in use on this node.$"):
        await runtime.start(second.instance_id)
    failed = await runtime.inspect(second.instance_id)
    assert failed is not None
    assert (failed.state, failed.error) == (RuntimeState.CREATED, f"Port {port} is already in use on this node.")
    await runtime.destroy(first.instance_id)
    assert (await runtime.start(second.instance_id)).state is RuntimeState.RUNNING


async def test_a_port_that_no_container_holds_is_named_too(runtime: DockerRuntime, specify: Specify) -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        spec = specify(ports=(PortBinding(80, port),))
        await runtime.create(spec)
        with pytest.raises(Conflict) as caught:
            await runtime.start(spec.instance_id)
    assert caught.value.details == {"port": port}
    await runtime.destroy(spec.instance_id)
    assert await runtime.inspect(spec.instance_id) is None


async def test_destroy_removes_what_runs_and_is_fine_twice(
    runtime: DockerRuntime, run: Run, sdk: docker.APIClient, owner: str
) -> None:
    spec = await run(("sleep", "100"))
    await runtime.destroy(spec.instance_id)
    await runtime.destroy(spec.instance_id)
    assert await runtime.inspect(spec.instance_id) is None
    assert left_of(sdk, owner) == []


async def test_kept_data_is_there_for_the_next_container(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("echo kept > /data/file; sleep 100")
    assert await shell(runtime, spec.instance_id, "until [ -s /data/file ]; do :; done; cat /data/file") == "kept\n"
    await runtime.destroy(spec.instance_id, keep_data=True)
    await run("cat /data/file; sleep 100", instance_id=spec.instance_id)
    await logged(runtime, spec.instance_id, "kept")


async def test_an_images_own_volumes_are_kept_and_removed_like_data(
    runtime: DockerRuntime, run: Run, sdk: docker.APIClient, owner: str, image_with_volume: str
) -> None:
    spec = await run("cat /var/store/seed; sleep 100", image=image_with_volume)
    await logged(runtime, spec.instance_id, "from the image")
    await shell(runtime, spec.instance_id, "echo mine > /var/store/seed")
    await runtime.destroy(spec.instance_id, keep_data=True)
    await run("cat /var/store/seed; sleep 100", instance_id=spec.instance_id, image=image_with_volume)
    await logged(runtime, spec.instance_id, "mine")
    await runtime.destroy(spec.instance_id)
    assert left_of(sdk, owner) == []


async def test_the_container_of_another_owner_is_none_of_ours(
    docker_node: NodeEngine, runtime: DockerRuntime, run: Run
) -> None:
    spec = await run(("sleep", "100"))
    other = DockerRuntime(docker_node, owner=f"test-{uuid4()}")
    assert await other.inspect(spec.instance_id) is None
    assert await other.list_instances() == []
    with pytest.raises(NotFound):
        await other.stop(spec.instance_id, 1)
    with pytest.raises(Conflict):
        await other.create(spec)
    await other.destroy(spec.instance_id)
    await other.close()
    assert [found.instance_id for found in await runtime.list_instances()] == [spec.instance_id]


async def test_volumes_whose_filling_broke_off_are_made_anew(
    runtime: DockerRuntime, specify: Specify, sdk: docker.APIClient, owner: str
) -> None:
    spec = specify()
    held = runtime._volumes
    await held.mark(spec.instance_id, FILLING, "old")
    half = await held.make(spec.instance_id, "/data", "old")
    await runtime.create(spec)
    assert half.name not in left_of(sdk, owner)
    assert len(left_of(sdk, owner)) == 2


async def test_destroys_at_once_are_fine(runtime: DockerRuntime, run: Run, sdk: docker.APIClient, owner: str) -> None:
    spec = await run(("sleep", "100"))
    await asyncio.gather(*(runtime.destroy(spec.instance_id) for _ in range(4)))
    assert left_of(sdk, owner) == []
