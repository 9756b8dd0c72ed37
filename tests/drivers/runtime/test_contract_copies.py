"""What every runtime driver promises: commits, restores and archives."""

from __future__ import annotations

import tarfile
from uuid import uuid4

import pytest

from domain.errors import InvalidInput, NotFound
from domain.ports.runtime import Runtime, RuntimeState
from tests.drivers.runtime.bench import Bench, files_at, link, pieces, put, tar, tar_of_members
from tests.drivers.runtime.conftest import RunParrot
from tests.drivers.runtime.waiting import seen_in_log

NOTHING = (tarfile.TarInfo("innocent"), b"")


@pytest.fixture
def ref() -> str:
    return f"gatehouse-test/{uuid4()}:1"


async def test_restored_is_as_it_was_then(bench: Bench, runtime: Runtime, ref: str) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    await put(runtime, spec.instance_id, {"kept": b"1", "changed": b"old", "folder/deep": b"x" * 5000})
    committed = await runtime.commit(spec.instance_id, ref)
    assert committed.ref == ref
    assert committed.size_bytes > 0
    await put(runtime, spec.instance_id, {"changed": b"new", "added": b"later"})
    restored = await runtime.restore(spec, ref)
    assert restored.state is RuntimeState.CREATED
    assert await files_at(runtime, spec.instance_id, "/data") == {
        "data/kept": b"1",
        "data/changed": b"old",
        "data/folder/deep": b"x" * 5000,
    }
    await runtime.discard(ref)


async def test_what_was_deleted_since_comes_back(bench: Bench, runtime: Runtime, ref: str) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    await put(runtime, spec.instance_id, {"precious": b"1"})
    await runtime.commit(spec.instance_id, ref)
    await runtime.destroy(spec.instance_id)
    await runtime.restore(spec, ref)
    assert await files_at(runtime, spec.instance_id, "/data/precious") == {"precious": b"1"}
    await runtime.discard(ref)


async def test_a_restored_one_runs(bench: Bench, runtime: Runtime, run_parrot: RunParrot, ref: str) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    await runtime.commit(spec.instance_id, ref)
    await runtime.restore(spec, ref)
    assert (await runtime.start(spec.instance_id)).state is RuntimeState.RUNNING
    await seen_in_log(runtime, spec.instance_id, "ready")
    await runtime.discard(ref)


async def test_a_running_one_goes_on_after_a_commit(
    bench: Bench, runtime: Runtime, run_parrot: RunParrot, ref: str
) -> None:
    parrot = await run_parrot()
    await runtime.commit(parrot, ref)
    observed = await runtime.inspect(parrot)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING
    await bench.tell(runtime, parrot, "say still talking")
    await seen_in_log(runtime, parrot, "still talking")
    await runtime.discard(ref)


async def test_a_commit_can_be_taken_again_under_its_name(bench: Bench, runtime: Runtime, ref: str) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    for content in (b"first", b"second"):
        await put(runtime, spec.instance_id, {"file": content})
        await runtime.commit(spec.instance_id, ref)
    await runtime.restore(spec, ref)
    assert await files_at(runtime, spec.instance_id, "/data/file") == {"file": b"second"}
    await runtime.discard(ref)


async def test_another_instance_can_be_made_from_a_commit(bench: Bench, runtime: Runtime, ref: str) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    await put(runtime, spec.instance_id, {"template": b"1"})
    await runtime.commit(spec.instance_id, ref)
    copy = bench.make_spec(image=ref)
    assert (await runtime.create(copy)).state is RuntimeState.CREATED
    assert await files_at(runtime, copy.instance_id, "/data/template") == {"template": b"1"}
    await runtime.destroy(copy.instance_id)
    await runtime.discard(ref)


async def test_a_discarded_commit_is_gone_and_discarding_again_is_fine(
    bench: Bench, runtime: Runtime, ref: str
) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    await put(runtime, spec.instance_id, {"safe": b"1"})
    await runtime.commit(spec.instance_id, ref)
    await runtime.discard(ref)
    await runtime.discard(ref)
    with pytest.raises(NotFound):
        await runtime.restore(spec, ref)
    assert await files_at(runtime, spec.instance_id, "/data/safe") == {"safe": b"1"}


async def test_files_go_in_and_out(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    big = bytes(range(256)) * 4000
    await put(runtime, parrot, {"a/one": b"1", "a/b/two": b"", "big": big})
    assert await files_at(runtime, parrot, "/data/a") == {"a/one": b"1", "a/b/two": b""}
    assert await files_at(runtime, parrot, "/data/a/one") == {"one": b"1"}
    assert await files_at(runtime, parrot, "/data/big") == {"big": big}
    await put(runtime, parrot, {"three": b"3"}, "/data/a/b")
    assert await files_at(runtime, parrot, "/data/a/b") == {"b/two": b"", "b/three": b"3"}


async def test_an_archive_half_read_closes(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    await put(runtime, parrot, {"big": bytes(3_000_000)})
    async with runtime.read_archive(parrot, "/data/big") as chunks:
        assert await anext(chunks)


async def test_a_path_that_is_not_there_is_not_found(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    with pytest.raises(NotFound):
        await files_at(runtime, parrot, "/data/nowhere")
    with pytest.raises(NotFound):
        await put(runtime, parrot, {"file": b""}, "/data/nowhere")


@pytest.mark.parametrize("path", ["data", "", "relative/path"])
async def test_a_relative_path_is_refused(runtime: Runtime, run_parrot: RunParrot, path: str) -> None:
    parrot = await run_parrot()
    with pytest.raises(InvalidInput):
        await files_at(runtime, parrot, path)
    with pytest.raises(InvalidInput):
        await put(runtime, parrot, {"file": b""}, path)


@pytest.mark.parametrize(
    "archive",
    [
        tar({"innocent": b"", "../escaped": b"!"}),
        tar({"innocent": b"", "folder/../../escaped": b"!"}),
        tar({"innocent": b"", "/tmp/escaped": b"!"}),
        tar_of_members([NOTHING, link("out", "/tmp"), (tarfile.TarInfo("out/escaped"), b"!")]),
        tar_of_members([NOTHING, link("out", "../.."), (tarfile.TarInfo("out/escaped"), b"!")]),
        tar_of_members([NOTHING, link("out", "../../etc/passwd", tarfile.LNKTYPE)]),
        tar_of_members([NOTHING, link("device", "", tarfile.CHRTYPE)]),
        tar({"innocent": b"1"})[:700],
        b"this is no archive " * 100,
    ],
    ids=["parent", "parent below", "absolute", "by link", "by relative link", "hard link", "device", "torn", "no tar"],
)
async def test_an_archive_that_leads_out_is_refused_as_a_whole(
    runtime: Runtime, run_parrot: RunParrot, archive: bytes
) -> None:
    parrot = await run_parrot()
    with pytest.raises(InvalidInput):
        await runtime.write_archive(parrot, "/data", pieces(archive))
    assert await files_at(runtime, parrot, "/data") == {}
