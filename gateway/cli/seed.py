"""`gatehouse seed`: something to look at."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING

import typer

from gateway.cli.house import CommandError, in_house, system

if TYPE_CHECKING:
    from domain.models.tenant import Tenant
    from gateway.wiring import House

app = typer.Typer(name="seed", help="Fill the house with examples.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def seeds() -> None:
    """Fill the house with examples."""


@app.command()
def demo(context: typer.Context) -> None:
    """Make the tenant "demo" with a user of each role and, where a node can run one, a small web site.

    Passwords are shown once, on stderr. Running it again changes nothing.

    \b
      gatehouse seed demo
    """
    print("\n".join(in_house(context, _demo)))


async def _demo(house: House) -> list[str]:
    from domain.tenants.create_tenant import TenantSpec, create_tenant
    from domain.tenants.queries import find_tenant

    if await find_tenant(system(), "demo") is not None:
        return ["The tenant demo is there already."]
    image_name = await _web_site()
    tenant = await create_tenant(house.ports, system(), TenantSpec(name="Demo", slug="demo"))
    made = [f"tenant demo ({tenant.id})", *await _users(house, tenant)]
    return [*made, await _site(house, tenant, image_name)]


async def _users(house: House, tenant: Tenant) -> list[str]:
    from domain.accounts.create_user import UserSpec, create_user
    from domain.models.tenant import TenantRole

    said = []
    for role in TenantRole:
        name, password = f"demo-{role.value}", secrets.token_urlsafe(12)
        spec = UserSpec(name, f"{name}@gatehouse.local", password, tenant_id=tenant.id, tenant_role=role)
        user = await create_user(house.ports, system(), spec)
        sys.stderr.write(f"password of {name}: {password}\n")
        said.append(f"user {name} ({user.id})")
    return said


async def _site(house: House, tenant: Tenant, image_name: str) -> str:
    from domain.errors import DomainError
    from domain.instances.deploy import deploy
    from domain.instances.spec import DeploySpec, PortSpec
    from domain.limits import MIB
    from domain.models.user import User

    owner = await User.get(username_key="demo-owner")
    spec = DeploySpec(
        name="demo-site",
        memory_bytes=128 * MIB,
        cpu_millis=1000,
        image_name=image_name,
        ports=(PortSpec(80),),
        owner_id=owner.id,
        tenant_id=tenant.id,
    )
    try:
        promised = await deploy(house.ports, system(), spec)
    except DomainError as error:
        return f"no instance: {error.message}"
    return f"instance demo-site ({promised.instance.id}); it is built by a running gateway or worker"


async def _web_site() -> str:
    from domain.models.image import Image
    from gateway.catalogue import NGINX, STATIC_SITE

    for image in (STATIC_SITE, NGINX):
        if await Image.exists(name=image.name):
            return image.name
    raise CommandError("the catalogue has no image for a web site; start `gatehouse serve` once, or import one")
