"""A tenant with files in it, and people who ask for them through Cloudillo's door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.models import File, FileKind, FileTag, Membership, PlatformRole, Ref, Tenant, TenantKind, TenantRole
from domain.models.file import AccessLevel, FilePlace, Visibility
from domain.ports import Ports
from rest_compat._kit import mount
from rest_compat.cloudillo.routes import DIALECT
from tests.domain.file_rows import a_file, a_folder, a_grant, a_link
from tests.domain.rows import person
from tests.rest_compat.furnished import furnish, own_copy
from tests.rest_compat.houses import SmallHouse, client_of, small_app

SYSTEM = Actor.system()
MADE_AT = datetime(2025, 6, 1, 12, 30, 15, 999_000, tzinfo=UTC)
MADE_AT_TEXT = "2025-06-01T12:30:15Z"


@dataclass(frozen=True)
class Drive:
    """keys: a credential by name of its person. files: public ids by name. shares, refs: ids by name."""

    tenant: Tenant
    keys: dict[str, str]
    files: dict[str, str]
    shares: dict[str, int]
    refs: dict[str, str]

    def named(self, text: str) -> str:
        """The text with {names} of files, shares and refs filled in."""
        return text.format(**self.files, **{f"share_{name}": id_ for name, id_ in self.shares.items()}, **self.refs)


async def build(ports: Ports) -> Drive:
    """alice owns it, olga looks after its files, vera may only look, bob has a tenant of his own, root the platform."""
    tenant = await Tenant.create(
        slug="alice", name="Alice", id_tag="alice.example.org", kind=TenantKind.PERSON, picture_file_id="f1~pic"
    )
    other = await Tenant.create(slug="bob", name="Bob", id_tag="bob.example.org", kind=TenantKind.PERSON)
    actors = {
        "alice": await _member(tenant, "alice", TenantRole.OWNER),
        "olga": await _member(tenant, "olga", TenantRole.OPERATOR),
        "vera": await _member(tenant, "vera", TenantRole.VIEWER),
        "bob": await _member(other, "bob", TenantRole.OWNER),
    }
    keys = {name: await _key(ports, actor) for name, actor in actors.items()}
    root = await person("root", platform_role=PlatformRole.OWNER)
    keys["root"] = (await create_api_key(ports, SYSTEM, KeySpec("cloudillo", user_id=root.id)))[1]
    files = await _files(tenant, actors["alice"])
    shares = {
        "vera": await a_grant(files["given"], actors["vera"], AccessLevel.WRITE),
        "link": await a_link(files["plan"], files["photo"], AccessLevel.READ),
        "managed": await a_grant(files["plan"], actors["vera"], AccessLevel.READ),
    }
    refs = await _refs(tenant, files["plan"])
    return Drive(
        tenant=tenant,
        keys=keys,
        files={name: file.public_id for name, file in files.items()},
        shares={name: share.id for name, share in shares.items()},
        refs={name: ref.ref_id for name, ref in refs.items()},
    )


async def _files(tenant: Tenant, alice: Actor) -> dict[str, File]:
    folder = await a_folder(tenant, "folder", by=alice, created_at=MADE_AT, creator_tag="alice.example.org")
    inner = await a_folder(tenant, "inner", by=alice, parent_id=folder.id, created_at=MADE_AT)
    plan = await a_file(
        tenant, "plan", by=alice, parent_id=folder.id, created_at=MADE_AT, creator_tag="alice.example.org"
    )
    await FileTag.create(tenant_id=tenant.id, file_id=plan.id, tag="red")
    photo: dict[str, Any] = {"content_type": "image/webp", "kind": FileKind.BLOB, "preset": "default"}
    return {
        "folder": folder,
        "inner": inner,
        "plan": plan,
        "part": await a_file(tenant, "part", by=alice, root_id=plan.id, created_at=MADE_AT),
        "photo": await a_file(
            tenant, "photo", visibility=Visibility.PUBLIC, width=640, height=480, created_at=MADE_AT, **photo
        ),
        "given": await a_file(tenant, "given", kind=FileKind.TREE, created_at=MADE_AT),
        "waste": await a_file(tenant, "waste", by=alice, place=FilePlace.TRASH, created_at=MADE_AT),
        "store": await a_file(tenant, "store", public_id="s~app", place=FilePlace.MANAGED, created_at=MADE_AT),
    }


async def _refs(tenant: Tenant, plan: File) -> dict[str, Ref]:
    link: dict[str, Any] = {"tenant_id": tenant.id, "kind": "share.file", "resource_id": plan.id, "level": 3}
    return {
        "open_ref": await Ref.create(ref_id="openopenopenopenopenopen", uses_left=None, created_at=MADE_AT, **link),
        "used_ref": await Ref.create(ref_id="usedusedusedusedusedused", uses_left=0, created_at=MADE_AT, **link),
        "welcome_ref": await Ref.create(
            ref_id="welcomewelcomewelcomewel", tenant_id=tenant.id, kind="welcome", uses_left=1, created_at=MADE_AT
        ),
    }


async def _member(tenant: Tenant, name: str, role: TenantRole) -> Actor:
    user = await person(name)
    if name in ("alice", "bob"):
        user.id_tag = tenant.id_tag or ""
        await user.save(update_fields=["id_tag"])
    await Membership.create(tenant_id=tenant.id, user_id=user.id, role=role)
    return Actor(user.id, "test", "test", tenant_id=tenant.id, memberships={tenant.id: role}, id_tag=user.id_tag)


async def _key(ports: Ports, actor: Actor) -> str:
    spec = KeySpec("cloudillo", user_id=actor.user_id, tenant_id=actor.tenant_id)
    return (await create_api_key(ports, SYSTEM, spec))[1]


@pytest.fixture(scope="session")
def furnished_drive(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Drive]:
    """A database with the drive in it, made once, and the drive."""
    return furnish(sqlite_template, tmp_path_factory.mktemp("cloudillo") / "drive.db", build)


@pytest.fixture
async def drive_database(furnished_drive: tuple[Path, Drive], tmp_path: Path) -> AsyncIterator[TortoiseContext]:
    async with own_copy(furnished_drive[0], tmp_path) as context:
        yield context


@pytest.fixture
def drive(furnished_drive: tuple[Path, Drive], drive_database: TortoiseContext) -> Drive:
    return furnished_drive[1]


@pytest.fixture
async def at_drive(
    house: SmallHouse, drive: Drive, drive_database: TortoiseContext
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client at the tenant's own host, without a credential."""
    app = small_app(house, [*mount(DIALECT)], drive_database)

    async def on_its_host(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["tenant_id"] = drive.tenant.id
        await app(scope, receive, send)

    async with client_of(on_its_host) as client:  # type: ignore[arg-type]
        yield client
