"""visible_files and level_on are one decision: listed is what can be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.access import Actor, FileScope
from domain.files.access import level_on, levels_on
from domain.files.queries import list_files
from domain.models import File, PlatformRole, Tenant
from domain.models.file import AccessLevel, Visibility
from domain.ports import Ports
from tests.domain.file_rows import a_file, a_grant

READ, WRITE = AccessLevel.READ, AccessLevel.WRITE


async def files_of_all_sorts(ports: Ports, tenant: Tenant, viewer: Actor, stranger: Actor) -> list[File]:
    files = [await a_file(tenant, visibility.value, visibility=visibility) for visibility in Visibility]
    files.append(await a_file(tenant, "own", by=viewer))
    now = ports.clock.now()
    for name, until in (("given", None), ("given for a while", now + timedelta(1)), ("given once", now)):
        files.append(await a_file(tenant, name))
        for actor in (viewer, stranger):
            await a_grant(files[-1], actor, READ, expires_at=until)
    parts = [await a_file(tenant, f"part of {file.name}", root_id=file.id) for file in files]
    deeper = [await a_file(tenant, f"companion of {part.name}", root_id=part.id) for part in parts]
    return [*files, *parts, *deeper]


def actors_of_all_sorts(files: list[File], people: list[Actor]) -> list[Actor]:
    narrowed = [
        replace(actor, scopes=frozenset({scope})) for actor in people for scope in ("instances:read", "files:read")
    ]
    scopes = [FileScope(file.id, READ, grants) for file in (files[0], files[1]) for grants in (True, False)]
    scoped = [replace(actor, file_scope=scope) for actor in people for scope in scopes]
    return [*people, *narrowed, *scoped]


async def test_what_is_listed_can_be_read_and_the_other_way_round(
    ports: Ports, tenant: Tenant, owner: Actor, operator: Actor, viewer: Actor, stranger: Actor
) -> None:
    files = await files_of_all_sorts(ports, tenant, viewer, stranger)
    platform = Actor(operator.user_id, "session:1", "test", platform_role=PlatformRole.ADMIN)
    people = [owner, operator, viewer, stranger, platform, Actor.anonymous("test"), Actor.system()]
    for actor in actors_of_all_sorts(files, people):
        listed = {file.id for file in (await list_files(ports, actor, tenant.id, first=100)).items}
        levels = await levels_on(ports, actor, files)
        assert listed == {file_id for file_id, level in levels.items() if level >= READ}, actor


async def test_many_at_once_have_the_levels_of_each(
    ports: Ports, tenant: Tenant, viewer: Actor, stranger: Actor
) -> None:
    files = await files_of_all_sorts(ports, tenant, viewer, stranger)
    for actor in (viewer, stranger):
        levels = await levels_on(ports, actor, files)
        assert levels == {file.id: await level_on(ports, actor, file) for file in files}


async def test_another_tenants_list_shows_what_is_open_there(
    ports: Ports, tenant: Tenant, owner: Actor, stranger: Actor
) -> None:
    await a_file(tenant, "theirs", by=owner)
    await a_file(tenant, "open", visibility=Visibility.PUBLIC)
    await a_grant(await a_file(tenant, "given"), stranger, WRITE)
    assert {file.name for file in (await list_files(ports, stranger, tenant.id)).items} == {"open", "given"}
    assert stranger.tenant_id is not None
    assert (await list_files(ports, owner, stranger.tenant_id)).items == []
