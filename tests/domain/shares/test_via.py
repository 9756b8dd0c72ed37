"""level_via: a file reached through another one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.access import Actor
from domain.errors import Forbidden, NotFound
from domain.models import File, Tenant
from domain.models.file import AccessLevel
from domain.ports import Ports
from domain.shares.via import level_via
from tests.domain.file_rows import a_file, a_grant, a_link
from tests.domain.rows import tenant as a_tenant

READ, COMMENT, WRITE, ADMIN = AccessLevel.READ, AccessLevel.COMMENT, AccessLevel.WRITE, AccessLevel.ADMIN


@pytest.mark.parametrize(("own", "linked", "through"), [(READ, WRITE, READ), (WRITE, READ, READ), (COMMENT,) * 3])
async def test_the_lesser_level_counts(
    ports: Ports, tenant: Tenant, viewer: Actor, own: AccessLevel, linked: AccessLevel, through: AccessLevel
) -> None:
    container, file = await a_file(tenant), await a_file(tenant)
    await a_grant(container, viewer, own)
    await a_link(container, file, linked)
    assert await level_via(ports, viewer, container, file) is through


async def test_a_link_caps_the_owner_too(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    container, file = await a_file(tenant), await a_file(tenant)
    await a_link(container, file, READ)
    assert await level_via(ports, owner, container, file) is READ


async def test_without_a_link_it_is_refused(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    container, file = await a_file(tenant), await a_file(tenant)
    await a_link(file, container, WRITE)  # the other way round
    with pytest.raises(Forbidden):
        await level_via(ports, owner, container, file)


async def test_an_expired_link_is_none(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    container, file = await a_file(tenant), await a_file(tenant)
    await a_link(container, file, READ, expires_at=ports.clock.now())
    with pytest.raises(Forbidden):
        await level_via(ports, owner, container, file)
    await a_link(await _renamed(container), file, READ, expires_at=ports.clock.now() + timedelta(seconds=1))
    assert await level_via(ports, owner, container, file) is READ


async def test_who_cannot_read_the_container_does_not_find_it(ports: Ports, tenant: Tenant, stranger: Actor) -> None:
    container, file = await a_file(tenant), await a_file(tenant)
    await a_link(container, file, WRITE)
    with pytest.raises(NotFound):
        await level_via(ports, stranger, container, file)


async def test_a_link_reaches_into_no_other_tenant(ports: Ports, tenant: Tenant, stranger: Actor) -> None:
    """Content of one tenant may have the same id in another."""
    file = await a_file(tenant)
    await a_link(await a_file(tenant, public_id="f1~same"), file, WRITE)
    theirs = await a_file(await a_tenant("theirs"), by=stranger, public_id="f1~same")
    with pytest.raises(Forbidden):
        await level_via(ports, stranger, theirs, file)


async def _renamed(container: File) -> File:
    container.temp_id, container.public_id = container.public_id, "final"
    await container.save(update_fields=["temp_id", "public_id"])
    return container
