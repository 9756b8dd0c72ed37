"""Find what a person names on the command line: by id, or by the name they know it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.house import CommandError, system

if TYPE_CHECKING:
    from domain.models.node import Node
    from domain.models.tenant import Tenant
    from domain.models.user import User


async def find_user(named: str) -> User:
    """By username, e-mail, external id or id."""
    from domain.accounts.queries import find_user_by, get_user
    from domain.errors import NotFound

    actor = system()
    user = (
        await find_user_by(actor, email=named)
        if "@" in named
        else await find_user_by(actor, username=named) or await find_user_by(actor, external_id=named)
    )
    if user is not None:
        return user
    try:
        return await get_user(actor, named)
    except NotFound as error:
        raise CommandError(f"there is no user {named} (`gatehouse user list` shows them)") from error


async def find_tenant(named: str) -> Tenant:
    """By slug or id."""
    from domain.errors import NotFound
    from domain.tenants import queries

    actor = system()
    tenant = await queries.find_tenant(actor, named)
    if tenant is not None:
        return tenant
    try:
        return await queries.get_tenant(actor, named)
    except NotFound as error:
        raise CommandError(f"there is no tenant {named} (`gatehouse tenant list` shows them)") from error


async def find_node(named: str) -> Node:
    """By name or id."""
    from domain.nodes.queries import all_nodes

    for node in await all_nodes(system()):
        if named in (node.name, str(node.id)):
            return node
    raise CommandError(f"there is no node {named} (`gatehouse node list` shows them)")
