"""Tenants with id tags, people in them, and everything that an endpoint may be asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.create_user import UserSpec, create_user
from domain.accounts.identity_login import Device, identity_login, open_identity_session
from domain.accounts.qr_sign_in import offer_qr_sign_in
from domain.models import AccessLevel, FileTag, Membership, Passkey, Ref, Tenant, TenantKind, TenantRole, User
from domain.models.file import FileKind, FilePlace
from domain.ports import Ports
from domain.tenants.create_tenant import TenantSpec, create_tenant
from gateway.http.hosts import Doors
from tests.domain.file_rows import a_file, a_folder, a_grant, a_link
from tests.domain.people import QUICK_HASH
from tests.rest_compat.furnished import furnish, own_copy
from tests.rest_compat.houses import SmallHouse, small_app

SYSTEM = Actor.system()
ALICE, BOB, TEAM = "alice.example.org", "bob.example.org", "team.example.org"
HERE = Device("cloudillo")


@dataclass
class Town:
    """tokens: whole ones, by person and id tag of the tenant. values: what stands in paths and bodies, by name."""

    tenants: dict[str, Tenant]
    people: dict[str, User]
    tokens: dict[tuple[str, str], str]
    values: dict[str, Any]

    def token(self, person: str = "alice", id_tag: str = ALICE) -> str:
        return self.tokens[person, id_tag]

    def filled(self, value: Any) -> Any:
        """The value with every {name} in its texts filled in."""
        if isinstance(value, str) and value.startswith("{") and value[1:-1] in self.values:
            return self.values[value[1:-1]]
        if isinstance(value, str):
            return value.format(**self.values) if "{" in value else value
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        return [self.filled(inner) for inner in value] if isinstance(value, list) else value


async def token_of(ports: Ports, user: User, tenant: Tenant) -> str:
    """A token as a sign-in makes it."""
    member = await Membership.get(user_id=user.id, tenant_id=tenant.id)
    session = await open_identity_session(ports, user, tenant.id, HERE, ports.clock.now())
    return identity_login(ports, tenant, user, member.role, f"session:{session.id}").token


async def build(ports: Ports) -> Town:
    """alice and bob are persons; the team is alice's, and bob works in it; vera may only look at alice's."""
    people = {name: await _person(ports, name) for name in ("alice", "bob", "vera")}
    tenants = {
        ALICE: await _tenant(ports, "Alice", ALICE, people["alice"], TenantKind.PERSON),
        BOB: await _tenant(ports, "Bob", BOB, people["bob"], TenantKind.PERSON),
        TEAM: await _tenant(ports, "Team", TEAM, people["alice"], TenantKind.COMMUNITY),
    }
    await Membership.create(tenant=tenants[TEAM], user=people["bob"], role=TenantRole.OPERATOR)
    await Membership.create(tenant=tenants[ALICE], user=people["vera"], role=TenantRole.VIEWER)
    people = {name: await User.get(id=user.id) for name, user in people.items()}
    places = [("alice", ALICE), ("alice", TEAM), ("bob", BOB), ("bob", TEAM), ("vera", ALICE)]
    tokens = {(name, tag): await token_of(ports, people[name], tenants[tag]) for name, tag in places}
    return Town(tenants, people, tokens, await _values(ports, tenants[ALICE], people["alice"]))


async def _person(ports: Ports, name: str) -> User:
    home = await create_tenant(ports, SYSTEM, TenantSpec(name=f"home of {name}"))
    spec = UserSpec(name, f"{name}@example.org", password_hash=QUICK_HASH, tenant_id=home.id)
    return await create_user(ports, SYSTEM, spec)


async def _tenant(ports: Ports, name: str, id_tag: str, owner: User, kind: TenantKind) -> Tenant:
    return await create_tenant(ports, SYSTEM, TenantSpec(name=name, owner_id=owner.id, kind=kind, id_tag=id_tag))


async def _values(ports: Ports, tenant: Tenant, alice: User) -> dict[str, str]:
    actor = Actor(alice.id, "test", "test", tenant_id=tenant.id, memberships={tenant.id: TenantRole.OWNER})
    folder = await a_folder(tenant, "folder", by=actor)
    document = await a_file(tenant, "document", by=actor, parent_id=folder.id)
    inner = await a_file(tenant, "inner", by=actor)
    waste = await a_file(tenant, "waste", by=actor, place=FilePlace.TRASH)
    tree = await a_file(tenant, "tree", by=actor, kind=FileKind.TREE)
    await FileTag.create(tenant_id=tenant.id, file_id=document.id, tag="red")
    vera = await User.get(username="vera")
    share = await a_grant(document, Actor(vera.id, "test", "test"), AccessLevel.READ)
    await a_link(document, inner, AccessLevel.COMMENT)
    link: dict[str, Any] = {"tenant_id": tenant.id, "kind": "share.file", "resource_id": document.id, "level": 2}
    ref = await Ref.create(ref_id="anopenanopenanopenanopen", uses_left=None, params="mode=x", **link)
    once = await Ref.create(ref_id="onceonceonceonceonceonce", uses_left=1, **link)
    key, text = await create_api_key(
        ports, SYSTEM, KeySpec("cloudillo", name="robot", user_id=alice.id, tenant_id=tenant.id)
    )
    passkey = await Passkey.create(user=alice, tenant=tenant, credential_id="bm9uZQ", public_key=b"none", name="old")
    offer = await offer_qr_sign_in(ports, tenant, Device("cloudillo", "192.0.2.1", "a phone"))
    return {
        "folder": folder.public_id,
        "document": document.public_id,
        "inner": inner.public_id,
        "waste": waste.public_id,
        "tree": tree.public_id,
        "share": str(share.id),
        "ref": ref.ref_id,
        "once": once.ref_id,
        "key": str(key.id),
        "key_text": text,
        "passkey": str(passkey.id),
        "qr": offer.public_id,
        "qr_secret": offer.secret,
    }


@pytest.fixture(scope="session")
def furnished_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    """A database with the town in it, made once, and the town."""
    return furnish(sqlite_template, tmp_path_factory.mktemp("cloudillo-town") / "town.db", build)


@pytest.fixture
async def town_database(furnished_town: tuple[Path, Town], tmp_path: Path) -> AsyncIterator[TortoiseContext]:
    async with own_copy(furnished_town[0], tmp_path) as context:
        yield context


@pytest.fixture
def town(furnished_town: tuple[Path, Town], town_database: TortoiseContext) -> Town:
    return furnished_town[1]


@pytest.fixture
def town_app(house: SmallHouse, town_database: TortoiseContext) -> Starlette:
    """Every door, chosen by host name as in the real application."""
    return small_app(house, [Doors([], ["cloudillo"], {})], town_database)


class Numbered:
    """ASGI: gives requests their id, as the real application does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "state": {"request_id": "a-request-id"}}, receive, send)


@pytest.fixture
async def street(town_app: Starlette, town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    """A client at alice's own host, with no credential."""
    transport = httpx2.ASGITransport(app=Numbered(town_app), client=("192.0.2.7", 4711))
    async with httpx2.AsyncClient(transport=transport, base_url=f"https://cl-o.{ALICE}") as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
