"""`gatehouse user`: people."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gateway.cli.find import find_tenant, find_user
from gateway.cli.house import TenantRoleName, confirm_new_password, every, in_house, show, system

if TYPE_CHECKING:
    from gateway.wiring import House

app = typer.Typer(name="user", help="People who sign in.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def create(
    context: typer.Context,
    username: str,
    email: str,
    tenant: Annotated[str | None, typer.Option(help="Tenant to join (slug or id); else one of their own.")] = None,
    role: Annotated[TenantRoleName, typer.Option(help="Role there.")] = "viewer",
    platform_role: Annotated[Literal["owner", "admin"] | None, typer.Option(help="Role on the platform.")] = None,
    external_id: Annotated[str | None, typer.Option(help="The id a foreign client knows them by.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Create a user and print the id. Without --password-stdin a password is made up and shown on stderr.

    \b
      gatehouse user create ada ada@example.org --tenant default --role operator
    """

    async def work(house: House) -> str:
        from domain.accounts.create_user import UserSpec, create_user
        from domain.models.tenant import TenantRole
        from domain.models.user import PlatformRole

        password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(15)
        spec = UserSpec(
            username=username,
            email=email,
            password=password,
            external_id=external_id,
            platform_role=PlatformRole(platform_role) if platform_role else None,
            tenant_id=(await find_tenant(tenant)).id if tenant else None,
            tenant_role=TenantRole(role),
        )
        user = await create_user(house.ports, system(), spec)
        if not password_stdin:
            sys.stderr.write(f"password: {password}\n")
        return str(user.id)

    print(in_house(context, work))


@app.command("list")
def list_users(
    context: typer.Context,
    tenant: Annotated[str | None, typer.Option(help="Only members of this tenant (slug or id).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List users."""

    async def work(house: House) -> list[dict[str, object]]:
        from domain.accounts.queries import list_users as listed

        tenant_id = (await find_tenant(tenant)).id if tenant else None
        users = await every(lambda request: listed(system(), tenant_id=tenant_id, request=request))
        return [
            {
                "id": str(user.id),
                "username": user.username,
                "email": user.email,
                "platform role": user.platform_role.value if user.platform_role else None,
                "disabled": user.disabled,
                "created": user.created_at,
            }
            for user in users
        ]

    show(in_house(context, work), as_json=as_json)


@app.command("set-password")
def set_password(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="Username, e-mail or id.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Set a user's password, which ends all their sessions.

    \b
      gatehouse user set-password owner
    """

    async def work(house: House) -> None:
        from domain.accounts.set_password import set_password as set_it

        found = await find_user(user)
        await set_it(house.ports, system(), found.id, password)

    password = confirm_new_password(password_stdin)
    in_house(context, work)
    sys.stderr.write("The password is set; all sessions of this user have ended.\n")
