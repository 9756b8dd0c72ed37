"""Who may do what, also when that changes while the socket is open."""

from __future__ import annotations

from typing import Any

from domain.events import file_access_changed, file_purged
from domain.models import File, Visibility
from domain.models.file import AccessLevel, Share
from domain.unit import unit_of_work
from gateway.database import entered
from tests.gateway.graphql.people import Person
from tests.gateway.served import until
from tests.realtime.rtdb.client import Client
from tests.realtime.rtdb.conftest import FILE_ID, Place

CREATE: list[dict[str, Any]] = [{"type": "create", "path": "n", "data": {}}]


async def give(place: Place, who: Person, level: AccessLevel) -> None:
    house = place.here.house
    with entered(house.database):
        async with unit_of_work(house.ports) as unit:
            await Share.filter(file_id=place.file.id, user_id=who.user.id).update(level=level)
            unit.emit(file_access_changed(place.file))


async def is_refused(client: Client) -> bool:
    return bool((await client.ask("transaction", operations=CREATE))["type"] == "error")


async def test_comments_are_written_beside_the_file_only(place: Place) -> None:
    async with place.client(place.cora) as client:
        assert await client.refused("transaction", operations=CREATE) == 403
    async with place.client(place.cora, file_id=f"{FILE_ID}~meta") as client:
        assert len(await client.create("t", text="a thread")) == 24
        await client.replace("c/1", text="a comment")
        assert await client.ask("lock", path="c/1", mode="hard") == {"type": "lockResult", "locked": True}
        assert await client.ask("createIndex", path="c", field="text") == {"type": "createIndexResult"}
        for path in ("meta/1", "tt/1", "c", "t"):
            operation: dict[str, Any] = {"type": "replace", "path": path, "data": {}}
            assert await client.refused("transaction", operations=[operation]) == 403, path
        assert await client.refused("lock", path="meta/1", mode="soft") == 403
        assert await client.refused("createIndex", path="meta", field="x") == 403
    async with place.client(place.cora, file_id=f"{FILE_ID}~meta", access="read") as client:
        assert await client.refused("transaction", operations=[{"type": "create", "path": "t", "data": {}}]) == 403
    async with place.client(file_id=f"{FILE_ID}~meta") as client:
        await client.replace("meta/1", text="the owner may")


async def test_guests_read_what_is_public(place: Place) -> None:
    with entered(place.here.house.database):
        await File.filter(id=place.file.id).update(visibility=Visibility.PUBLIC)
    async with place.client() as anna, place.guest(access="read") as guest:
        assert await guest.watch("n") == []
        await anna.replace("n/a", v=1)
        assert (await guest.event())["action"] == "create"
        assert await guest.refused("transaction", operations=CREATE) == 403


async def test_rights_grow_and_shrink_while_it_is_open(place: Place) -> None:
    async with place.client(place.rita) as rita:
        assert await is_refused(rita)
        await give(place, place.rita, AccessLevel.WRITE)

        async def may_write() -> bool:
            return not await is_refused(rita)

        await until(may_write)
        async with place.client() as anna:
            await anna.watch("n")
            assert (await rita.ask("lock", path="n/a", mode="hard"))["locked"] is True
            assert (await anna.event())["action"] == "lock"
            await give(place, place.rita, AccessLevel.READ)
            assert (await anna.event())["action"] == "unlock", "who may not write holds no locks"
            assert await is_refused(rita)


async def test_who_loses_access_is_closed(place: Place) -> None:
    async with place.client(place.rita) as rita:
        assert await rita.ask("ping") == {"type": "pong"}
        await give(place, place.rita, AccessLevel.NONE)
        assert await rita.closed() == 4403


async def test_a_file_that_is_purged_closes_its_sockets(place: Place) -> None:
    house = place.here.house
    async with place.client() as anna:
        await anna.replace("n/a", v=1)
        with entered(house.database):
            async with unit_of_work(house.ports) as unit:
                unit.emit(file_purged(place.file))
                await File.filter(id=place.file.id).delete()
        assert await anna.closed() == 4404
