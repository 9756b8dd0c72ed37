"""The sweep: what a crash left behind goes, what is on its way stays."""

from __future__ import annotations

import pytest

from domain.access import Actor
from domain.errors import Unavailable
from domain.files import recording
from domain.files.blobs import intake, made_at, new_key
from domain.files.sweep import sweep_storage
from domain.models import TenantRole
from domain.ports import Ports
from tests.domain.files.uploads import stored_keys, uploaded
from tests.domain.rows import member, tenant
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("database")
A_DAY_S = 86_400.0


@pytest.fixture
async def actor(database: object) -> Actor:
    return await member(await tenant(), TenantRole.OPERATOR)


async def an_orphan(ports: Ports) -> str:
    """As if the process had died after the storage and before the database."""
    async with intake(ports) as draft:
        await draft.write(b"orphan")
        await draft.keep()
        return draft.stored().key


async def test_orphans_go_when_they_are_old_enough(ports: Ports, actor: Actor, clock: FakeClock) -> None:
    await uploaded(ports, actor)
    mine = await stored_keys(ports)
    orphan = await an_orphan(ports)
    assert await sweep_storage(ports) == 0
    clock.advance(A_DAY_S - 60)
    assert await sweep_storage(ports) == 0
    clock.advance(120)
    assert await sweep_storage(ports) == 1
    assert await stored_keys(ports) == mine
    assert orphan not in mine


async def test_what_is_none_of_ours_is_left_alone(ports: Ports, clock: FakeClock) -> None:
    for key in ("README", "backup~2026", "zzzzzzzz~" + "0" * 32, "0123456~" + "0" * 32):
        async with ports.storage.writing(key) as draft:
            await draft.keep()
        assert made_at(key) is None
    clock.advance(10 * A_DAY_S)
    assert await sweep_storage(ports) == 0
    assert len(await stored_keys(ports)) == 4


async def test_many_keys_are_looked_at_in_batches(ports: Ports, actor: Actor, clock: FakeClock) -> None:
    await uploaded(ports, actor)
    for _ in range(1203):
        async with ports.storage.writing(new_key(clock.now())) as draft:
            await draft.keep()
    clock.advance(2 * A_DAY_S)
    assert await sweep_storage(ports) == 1203
    assert len(await stored_keys(ports)) == 1


async def test_a_database_that_fails_leaves_no_bytes_behind(
    ports: Ports, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The port is well, the database is not: there is no driver of it to bring."""

    async def fail(stored: object) -> None:
        raise Unavailable("The database is away.")

    monkeypatch.setattr(recording, "blob_of", fail)
    with pytest.raises(Unavailable):
        await uploaded(ports, actor)
    assert await stored_keys(ports) == []
    monkeypatch.undo()
    assert not (await uploaded(ports, actor)).existed


def test_a_key_knows_when_it_was_made(clock: FakeClock) -> None:
    assert made_at(new_key(clock.now())) == clock.now()
    assert new_key(clock.now()) != new_key(clock.now())
