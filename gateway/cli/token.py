"""`gatehouse token`: API keys, one per door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.find import find_tenant, find_user
from gateway.cli.house import CommandError, every, in_house, show, system

if TYPE_CHECKING:
    from domain.models.user import User
    from gateway.wiring import House

UNITS_S = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
app = typer.Typer(name="token", help="API keys: one per client and door.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def create(
    context: typer.Context,
    door: Annotated[str, typer.Option(help="Where it opens: graphql, skyport, …")],
    user: Annotated[str | None, typer.Option(help="Whose it is; else the platform's first owner.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only for this tenant (slug or id).")] = None,
    name: Annotated[str, typer.Option(help="What it is for, shown in lists.")] = "",
    readonly: Annotated[bool, typer.Option("--readonly", help="It may only read.")] = False,
    flavour: Annotated[str | None, typer.Option(help="A variant of the dialect, e.g. 0.3 for skyport.")] = None,
    expires: Annotated[str | None, typer.Option(help="12h, 30d, 8w, or a date (2027-01-31).")] = None,
) -> None:
    """Create an API key and print it, and nothing else, on stdout. It is never shown again.

    \b
      gatehouse token create --door skyport
      TOKEN=$(gatehouse token create --door graphql --user ada --tenant default --readonly --expires 30d)
    """
    expires_at = None if expires is None else moment(expires, datetime.now(UTC))

    async def work(house: House) -> str:
        from domain.accounts.create_api_key import KeySpec, create_api_key

        owner = await find_user(user) if user else await _first_owner()
        spec = KeySpec(
            door=door,
            name=name,
            user_id=owner.id,
            tenant_id=(await find_tenant(tenant)).id if tenant else None,
            read_only=readonly,
            flavour=flavour,
            expires_at=expires_at,
        )
        _, text = await create_api_key(house.ports, system(), spec)
        return text

    print(in_house(context, work))


@app.command("list")
def list_tokens(
    context: typer.Context,
    user: Annotated[str | None, typer.Option(help="Only this user's.")] = None,
    door: Annotated[str | None, typer.Option(help="Only this door's.")] = None,
    revoked: Annotated[bool, typer.Option("--revoked", help="Those that were revoked, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List API keys, by the readable start of each."""

    async def work(house: House) -> list[dict[str, object]]:
        from domain.accounts.queries import list_api_keys

        user_id = (await find_user(user)).id if user else None
        keys = await every(
            lambda request: list_api_keys(system(), user_id=user_id, door=door, with_revoked=revoked, request=request)
        )
        return [
            {
                "id": str(key.id),
                "door": key.door,
                "key": f"{key.prefix}…",
                "name": key.name,
                "read only": key.read_only,
                "last used": key.last_used_at,
                "expires": key.expires_at,
                "revoked": key.revoked_at,
            }
            for key in keys
        ]

    show(in_house(context, work), as_json=as_json)


@app.command()
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="The key's id, as `token list` shows it.")],
) -> None:
    """End an API key. Sockets that were opened with it close within a second.

    \b
      gatehouse token revoke 0198c1f2-5b8e-7d31-9a54-1f0e6a2b7c3d
    """

    async def work(house: House) -> str:
        from domain.accounts.revoke_api_key import revoke_api_key

        return (await revoke_api_key(house.ports, system(), key)).prefix

    print(f"{in_house(context, work)}… is revoked")


def moment(text: str, now: datetime) -> datetime:
    """A span from now (12h, 30d) or a date as the moment it means. CommandError: neither, or in the past."""
    if text[:-1].isdecimal() and text[-1:] in UNITS_S:
        return now + timedelta(seconds=int(text[:-1]) * UNITS_S[text[-1]])
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise CommandError(f"--expires: {text} is neither a span (12h, 30d, 8w) nor a date (2027-01-31)") from exc
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def _first_owner() -> User:
    from domain.models.user import PlatformRole, User

    owner = await User.filter(platform_role=PlatformRole.OWNER, disabled=False).order_by("created_at").first()
    if owner is None:
        raise CommandError("there is no platform owner yet: start `gatehouse serve` once, or name a --user")
    return owner
