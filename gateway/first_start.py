"""The first start on an empty database: an owner, a tenant, a node, images and keys, shown once.

All rows are written in one transaction under a lease: of two replicas one does it, and a crash leaves nothing half.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import structlog
from tortoise.transactions import in_transaction

from domain.access import Actor
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.create_user import UserSpec, create_user
from domain.accounts.key_forms import KEY_FORMS
from domain.errors import Conflict, DomainError
from domain.images.create_image import create_image
from domain.models.ids import uuid7
from domain.models.image import Image
from domain.models.installation import Installation
from domain.models.node import Node
from domain.models.tenant import Membership, Tenant, TenantKind, TenantRole
from domain.models.user import PlatformRole, User
from domain.nodes.check_node import observe_node
from domain.nodes.register_node import NodeSpec, register_node
from domain.ports import Ports
from domain.ports.runtime import NodeEngine
from domain.tenants.create_tenant import TenantSpec, create_tenant
from domain.tenants.directory import DEFAULT_SLUG
from domain.tenants.give_id_tag import give_id_tag
from gateway.catalogue import STARTERS
from gateway.faults import StartupError
from gateway.http.hosts import DIALECTS
from gateway.settings import Settings
from gateway.welcome import Welcome, welcome_text
from gateway.wiring import House

LEASE_NAME = "first start"
LEASE_TTL_S = 60.0
LOOK_AGAIN_S = 0.2
ENGINE_ANSWER_S = 5.0
log = structlog.get_logger(__name__)
Driver = Literal["docker", "process", "memory"]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made. password and keys (by door) exist nowhere else."""

    owner: User
    password: str
    tenant: Tenant
    node: Node
    images: list[Image]
    keys: dict[str, str]


async def first_start(house: House, say: Callable[[str], object] = sys.stdout.write) -> None:
    """Seed and tell, once in the life of a database; nothing when it is in use already or SEED is off.

    StartupError: it could not be done; nothing was written.
    """
    if not house.settings.seed:
        return
    try:
        await _once(house, say)
        await identify_default(house.ports, house.settings.id_tag)
    except DomainError as error:
        raise StartupError(f"the first start failed: {error.message}") from error


async def _once(house: House, say: Callable[[str], object]) -> None:
    while not await _is_done():
        lease = await house.ports.leases.acquire(LEASE_NAME, house.name, LEASE_TTL_S)
        if lease is None:
            await asyncio.sleep(LOOK_AGAIN_S)
            continue
        try:
            if not await _is_done():
                await _seed_and_tell(house, say)
        finally:
            await house.ports.leases.release(lease)


async def _is_done() -> bool:
    installation = await Installation.get(id=1)
    return installation.seeded_at is not None


async def _is_in_use() -> bool:
    """Whether somebody (a command, a restored backup) was here before."""
    for model in (User, Tenant, Node, Image):
        if await model.exists():
            return True
    return False


async def _seed_and_tell(house: House, say: Callable[[str], object]) -> None:
    if await _is_in_use():
        await Installation.filter(id=1).update(seeded_at=house.ports.clock.now())
        return
    made = await seed(house.ports, await choose_driver(house.ports, house.settings), house.settings)
    told = Welcome(house.settings.address(), made.owner, made.password, made.tenant, made.node, made.images, made.keys)
    say(welcome_text(told))
    sys.stdout.flush()
    await observe_node(house.ports, made.node)


async def seed(ports: Ports, driver: Driver, settings: Settings) -> Seeded:
    """Write all of it, or nothing."""
    system, password = Actor.system("first start"), secrets.token_urlsafe(15)
    async with in_transaction():
        tenant = await create_tenant(ports, system, TenantSpec(name="Default", slug=DEFAULT_SLUG))
        owner = await create_user(
            ports,
            system,
            UserSpec(
                username="owner",
                email="owner@gatehouse.local",
                password=password,
                platform_role=PlatformRole.OWNER,
                tenant_id=tenant.id,
                tenant_role=TenantRole.OWNER,
            ),
        )
        tenant = await give_id_tag(ports, system, tenant.id, settings.id_tag, TenantKind.PERSON)
        await owner.refresh_from_db()
        node = (await register_node(ports, system, _node_spec(driver, settings))).node
        images = [await create_image(ports, system, spec) for spec in STARTERS[driver]]
        keys = {door: await _key(ports, system, door, owner) for door in doors()}
        await Installation.filter(id=1).update(seeded_at=ports.clock.now())
    return Seeded(owner, password, tenant, node, images, keys)


async def identify_default(ports: Ports, id_tag: str) -> None:
    """A database of the time before id tags: its default tenant gets one. Nothing where one was given already."""
    tenant = await Tenant.get_or_none(slug=DEFAULT_SLUG)
    if tenant is None or tenant.id_tag is not None or await Tenant.exists(id_tag=id_tag):
        return
    owners = await Membership.filter(tenant_id=tenant.id, role=TenantRole.OWNER).select_related("user")
    alone = len(owners) == 1 and owners[0].user.id_tag is None
    kind = TenantKind.PERSON if alone else TenantKind.COMMUNITY
    with suppress(Conflict):  # another replica was quicker
        await give_id_tag(ports, Actor.system("first start"), tenant.id, id_tag, kind)


def doors() -> list[str]:
    """The doors of this program that have keys."""
    return [door for door in KEY_FORMS if door == "graphql" or door in DIALECTS]


async def choose_driver(ports: Ports, settings: Settings) -> Driver:
    """What the node of this machine uses: as set, else docker when an engine answers, else process."""
    if settings.runtime != "auto":
        return settings.runtime
    engine = NodeEngine(uuid7(), "docker", settings.docker_address)
    try:
        async with asyncio.timeout(ENGINE_ANSWER_S):
            await ports.runtimes.of(engine).check()
    except (DomainError, TimeoutError) as error:
        log.debug("no Docker Engine answers", reason=str(error))
        return "process"
    finally:
        await ports.runtimes.forget(engine.node_id)
    return "docker"


def _node_spec(driver: Driver, settings: Settings) -> NodeSpec:
    return NodeSpec(
        name="local",
        driver=driver,
        address=settings.docker_address if driver == "docker" else "",
        public_host=settings.process_bind_host if driver == "process" else "127.0.0.1",
        check=False,
    )


async def _key(ports: Ports, system: Actor, door: str, owner: User) -> str:
    _, text = await create_api_key(ports, system, KeySpec(door=door, name="first start", user_id=owner.id))
    return text
