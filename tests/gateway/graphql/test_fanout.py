"""One execution for all who watch the same: who shares it, and that nobody loses anything by it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from domain.access import Actor
from domain.accounts.revoke_api_key import revoke_api_key
from domain.models import ApiKey, TenantRole
from domain.models.ids import uuid7
from domain.tenants.remove_member import remove_member
from gateway.graphql.sharing import Sharing, shared_caller
from tests.domain.people import SYSTEM, a_user
from tests.gateway.graphql.people import People, a_key
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.wire import Wire, wired
from tests.gateway.served import until

WATCH = "subscription($id: ID!) { instanceChanged(id: $id) { name revision } }"
ALL = "subscription($filter: InstanceFilter) { instancesChanged(filter: $filter) { id name } }"
RENAME = "mutation($id: ID!, $name: String!) { renameInstance(id: $id, name: $name) { id } }"
DELETE = "mutation($id: ID!) { deleteInstance(id: $id) { operation { id } } }"
EVENTS = 'subscription($after: String) { events(topics: ["instance"], after: $after) { cursor payload recovered } }'


async def name_shown(wire: Wire) -> str:
    return str((await wire.next_data())["instanceChanged"]["name"])


async def rename(replica: Replica, people: People, instance_id: str, name: str) -> None:
    await replica.ask(RENAME, {"id": instance_id, "name": name}, token=people.anna.token)


async def test_sockets_of_one_person_share_and_each_hears_under_its_own_id(replica: Replica, people: People) -> None:
    watched = {"id": await people.deploy_running("first")}
    token = people.anna.token
    async with wired(replica.socket_url, token) as one, wired(replica.socket_url, token) as two:
        for wire, named in ((one, "1"), (one, 'odd "é"'), (two, "1")):
            await wire.subscribe(WATCH, watched, id=named)
            message = await wire.hear()
            assert (message["id"], message["payload"]["data"]["instanceChanged"]["name"]) == (named, "first")
        assert len(replica.house.subscriptions) == 1
        await rename(replica, people, watched["id"], "second")
        assert {(await one.hear())["id"] for _ in range(2)} == {"1", 'odd "é"'}
        assert await name_shown(two) == "second"


async def test_members_with_equal_roles_share_and_others_do_not(replica: Replica, people: People) -> None:
    watched = {"id": await people.deploy_running()}
    tenant, ports = people.anna.tenant, replica.house.ports
    with replica.inside():
        viewer = await a_user(ports, "victor", tenant=tenant, role=TenantRole.VIEWER)
        tokens = [people.vera.token, await a_key(replica, viewer), people.root.token]
    async with (
        wired(replica.socket_url, tokens[0]) as vera,
        wired(replica.socket_url, tokens[1]) as victor,
        wired(replica.socket_url, tokens[2]) as root,
    ):
        for wire, executions in ((vera, 1), (victor, 1), (root, 2)):
            await wire.subscribe(WATCH, watched)
            await name_shown(wire)
            assert len(replica.house.subscriptions) == executions
        await rename(replica, people, watched["id"], "next")
        assert [await name_shown(wire) for wire in (vera, victor, root)] == ["next"] * 3


async def test_other_variables_are_another_execution(replica: Replica, people: People) -> None:
    first, second = await people.deploy_running("first"), await people.deploy_running("second")
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe(WATCH, {"id": first}, id="1")
        assert await name_shown(wire) == "first"
        await wire.subscribe(WATCH, {"id": second}, id="2")
        assert await name_shown(wire) == "second"
        assert len(replica.house.subscriptions) == 2


async def test_who_comes_later_gets_the_present_state_and_others_nothing_twice(
    replica: Replica, people: People
) -> None:
    watched = {"id": await people.deploy_running("first")}
    token = people.anna.token
    async with wired(replica.socket_url, token) as early, wired(replica.socket_url, token) as late:
        await early.subscribe(WATCH, watched)
        assert await name_shown(early) == "first"
        await rename(replica, people, watched["id"], "second")
        assert await name_shown(early) == "second"
        await late.subscribe(WATCH, watched)
        assert await name_shown(late) == "second"
        await rename(replica, people, watched["id"], "third")
        assert (await name_shown(early), await name_shown(late)) == ("third", "third")


async def test_lists_start_for_everybody_with_all_there_is(replica: Replica, people: People) -> None:
    ids = {await people.deploy_running("first"), await people.deploy_running("second")}
    token = people.anna.token
    async with wired(replica.socket_url, token) as early, wired(replica.socket_url, token) as late:
        for wire in (early, late):
            await wire.subscribe(ALL)
            assert {(await wire.next_data())["instancesChanged"]["id"] for _ in range(2)} == ids
        assert len(replica.house.subscriptions) == 1
        changed = ids.pop()
        await rename(replica, people, changed, "new")
        for wire in (early, late):
            assert (await wire.next_data())["instancesChanged"] == {"id": changed, "name": "new"}


async def test_it_ends_for_all_with_what_is_watched_and_with_the_last_who_watches(
    replica: Replica, people: People
) -> None:
    watched = {"id": await people.deploy_running()}
    token = people.anna.token
    async with wired(replica.socket_url, token) as one, wired(replica.socket_url, token) as two:
        for wire in (one, two):
            await wire.subscribe(WATCH, watched)
            await name_shown(wire)
        await one.say("complete", id="1")
        await rename(replica, people, watched["id"], "next")
        assert await name_shown(two) == "next"
        await two.say("complete", id="1")
        await until(lambda: _is(len(replica.house.subscriptions) == 0))
        for wire in (one, two):
            await wire.subscribe(WATCH, watched)
            assert await name_shown(wire) == "next"
        await replica.ask(DELETE, watched, token=token)
        for wire in (one, two):
            while (message := await wire.hear())["type"] == "next":
                pass
            assert message == {"type": "complete", "id": "1"}
            await wire.subscribe(WATCH, watched)
            assert (await wire.hear())["payload"][0]["extensions"]["code"] == "NOT_FOUND"
    await until(lambda: _is(len(replica.house.subscriptions) == 0))


async def _is(holds: bool) -> bool:
    return holds


async def test_a_revoked_key_ends_its_own_socket_and_those_it_shared_with_go_on(
    replica: Replica, people: People
) -> None:
    watched = {"id": await people.deploy_running()}
    with replica.inside():
        other = await a_key(replica, people.anna.user)
        revoked = await ApiKey.filter(user_id=people.anna.user.id).order_by("created_at").first()
        assert revoked is not None
    async with wired(replica.socket_url, people.anna.token) as one, wired(replica.socket_url, other) as two:
        for wire in (one, two):
            await wire.subscribe(WATCH, watched)
            await name_shown(wire)
        assert len(replica.house.subscriptions) == 1
        with replica.inside():
            await revoke_api_key(replica.house.ports, SYSTEM, revoked.id)
        assert (await one.closed())[0] == 4401
        await replica.ask(RENAME, {"id": watched["id"], "name": "next"}, token=people.root.token)
        assert await name_shown(two) == "next"


async def test_who_loses_a_role_is_cut_off_and_comes_back_to_nothing(replica: Replica, people: People) -> None:
    watched = {"id": await people.deploy_running()}
    async with wired(replica.socket_url, people.vera.token) as wire:
        await wire.subscribe(WATCH, watched)
        await name_shown(wire)
        with replica.inside():
            await remove_member(replica.house.ports, SYSTEM, people.anna.tenant.id, people.vera.user.id)
        assert (await wire.closed())[0] == 1012
    async with wired(replica.socket_url, people.vera.token) as wire:
        await wire.subscribe(WATCH, watched)
        assert (await wire.hear())["payload"][0]["extensions"]["code"] in ("NOT_FOUND", "FORBIDDEN")


async def test_stories_are_shared_and_those_that_resume_are_told_theirs(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    token = people.anna.token
    async with wired(replica.socket_url, token) as one, wired(replica.socket_url, token) as two:
        for wire in (one, two):
            await wire.subscribe(EVENTS, {"after": None})
            await wire.subscribe("{ serverInfo { name } }", id="settled")
            while (await wire.hear())["type"] != "complete":
                pass
        await until(lambda: _is(len(replica.house.subscriptions) == 1))
        for name in ("a", "b"):
            await rename(replica, people, instance_id, name)
        heard = [[(await wire.next_data())["events"] for _ in range(2)] for wire in (one, two)]
        assert heard[0] == heard[1]
        assert [event["payload"]["name"] for event in heard[0]] == ["a", "b"]
    async with wired(replica.socket_url, token) as again:
        await again.subscribe(EVENTS, {"after": heard[0][0]["cursor"]})
        event = (await again.next_data())["events"]
        assert (event["recovered"], event["payload"]["name"]) == (True, "b")


def test_a_shared_execution_knows_nobody_in_particular() -> None:
    tenant_id = uuid7()
    one = Actor(
        user_id=uuid7(),
        credential="key:1",
        door="graphql",
        tenant_id=tenant_id,
        memberships={tenant_id: TenantRole.OWNER},
        address="10.0.0.1",
        id_tag="anna.example.org",
        flavour="x",
    )
    two = replace(one, user_id=uuid7(), credential="key:2", address=None, id_tag=None, flavour=None)
    assert shared_caller(one, Sharing.ROLE) == shared_caller(two, Sharing.ROLE)
    assert shared_caller(one, Sharing.PERSON) != shared_caller(two, Sharing.PERSON)
    assert shared_caller(one, Sharing.PERSON).user_id == one.user_id
    for less in (replace(one, read_only=True), replace(one, scopes=frozenset({"instances:read"}))):
        assert shared_caller(less, Sharing.ROLE) != shared_caller(one, Sharing.ROLE)


async def test_every_field_of_a_shared_stream_resolves_for_nobody_in_particular(
    replica: Replica, people: People
) -> None:
    everything = """subscription($id: ID!) { instanceChanged(id: $id) {
      env { name } ports { hostPort } node { name } image { name } tenant { name } owner { username }
      operations { kind instance { name } } } }"""
    watched = {"id": await people.deploy_running()}
    async with wired(replica.socket_url, people.root.token) as wire:
        await wire.subscribe(everything, watched)
        shown: dict[str, Any] = (await wire.next_data())["instanceChanged"]
    assert shown["owner"] == {"username": "anna"}
    assert shown["node"] is not None
    assert json.dumps(shown["operations"][0]["instance"]["name"])
