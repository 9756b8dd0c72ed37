"""`gatehouse tenant`: who owns resources, and who belongs to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.find import find_tenant, find_user
from gateway.cli.house import TenantKindName, TenantRoleName, every, in_house, show, system

if TYPE_CHECKING:
    from gateway.wiring import House

app = typer.Typer(
    name="tenant", help="Tenants, which own resources, and their members.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def create(
    context: typer.Context,
    name: str,
    slug: Annotated[str | None, typer.Option(help="DNS label; made from the name when not given.")] = None,
    owner: Annotated[str | None, typer.Option(help="Its first owner: username, e-mail or id.")] = None,
    id_tag: Annotated[str | None, typer.Option(help="DNS name by which it is known as an identity.")] = None,
    kind: Annotated[TenantKindName, typer.Option(help="What stands behind that name.")] = "organization",
) -> None:
    """Create a tenant and print its id.

    \b
      gatehouse tenant create "Blue Ocean" --owner ada
      gatehouse tenant create Ada --owner ada --kind person --id-tag ada.example.org
    """

    async def work(house: House) -> str:
        from domain.models.tenant import TenantKind
        from domain.tenants.create_tenant import TenantSpec, create_tenant

        owner_id = (await find_user(owner)).id if owner else None
        spec = TenantSpec(name=name, slug=slug, owner_id=owner_id, kind=TenantKind(kind), id_tag=id_tag)
        return str((await create_tenant(house.ports, system(), spec)).id)

    print(in_house(context, work))


@app.command()
def identify(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(help="Slug or id.")],
    id_tag: Annotated[str, typer.Argument(help="DNS name by which it is known; its API answers at cl-o.<id tag>.")],
    kind: Annotated[TenantKindName, typer.Option(help="What stands behind that name.")] = "person",
) -> None:
    """Give a tenant an id tag, or another one. Tokens of the former end.

    \b
      gatehouse tenant identify default home.example.org
      gatehouse tenant identify blue-ocean ocean.example.org --kind community
    """

    async def work(house: House) -> str:
        from domain.models.tenant import TenantKind
        from domain.tenants.give_id_tag import give_id_tag

        where = await find_tenant(tenant)
        known = await give_id_tag(house.ports, system(), where.id, id_tag, TenantKind(kind))
        return f"{known.slug} is {known.id_tag}"

    print(in_house(context, work))


@app.command("rotate-key")
def rotate_key(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(help="Slug or id.")],
) -> None:
    """Make a new key with which the tenant signs; the former one is believed for another week."""

    async def work(house: House) -> str:
        from domain.tenants.signing_keys import rotate_signing_key

        where = await find_tenant(tenant)
        return (await rotate_signing_key(house.ports, system(), where.id)).key_id

    print(in_house(context, work))


@app.command("list")
def list_tenants(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List tenants."""

    async def work(house: House) -> list[dict[str, object]]:
        from domain.tenants.queries import list_tenants as listed

        tenants = await every(lambda request: listed(system(), request=request))
        return [
            {
                "id": str(tenant.id),
                "slug": tenant.slug,
                "name": tenant.name,
                "id tag": tenant.id_tag,
                "created": tenant.created_at,
            }
            for tenant in tenants
        ]

    show(in_house(context, work), as_json=as_json)


@app.command()
def member(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(help="Slug or id.")],
    user: Annotated[str | None, typer.Argument(help="Username, e-mail or id; without one, members are listed.")] = None,
    role: Annotated[TenantRoleName, typer.Option(help="Role to give.")] = "viewer",
    remove: Annotated[bool, typer.Option("--remove", help="Take the membership away.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="List as JSON.")] = False,
) -> None:
    """Give somebody a role in a tenant, change it, take it away, or list the members.

    \b
      gatehouse tenant member default
      gatehouse tenant member default ada --role admin
      gatehouse tenant member default ada --remove
    """
    if user is None:
        show(in_house(context, lambda house: _members(tenant)), as_json=as_json)
        return

    async def work(house: House) -> str:
        from domain.models.tenant import Membership, TenantRole
        from domain.tenants.add_member import add_member
        from domain.tenants.change_member_role import change_member_role
        from domain.tenants.remove_member import remove_member

        where, who = await find_tenant(tenant), await find_user(user)
        if remove:
            await remove_member(house.ports, system(), where.id, who.id)
            return f"{who.username} has left {where.slug}"
        known = await Membership.exists(tenant_id=where.id, user_id=who.id)
        if known:
            await change_member_role(house.ports, system(), where.id, who.id, TenantRole(role))
        else:
            await add_member(house.ports, system(), where.id, str(who.id), TenantRole(role))
        return f"{who.username} is {role} of {where.slug}"

    print(in_house(context, work))


async def _members(tenant: str) -> list[dict[str, object]]:
    from domain.tenants.queries import list_members

    tenant_id = (await find_tenant(tenant)).id
    members = await every(lambda request: list_members(system(), tenant_id, request=request))
    return [
        {
            "user": member.user.username,
            "email": member.user.email,
            "role": member.role.value,
            "since": member.created_at,
        }
        for member in members
    ]
