"""People of a replica and their tokens: a platform owner, and two tenants that must not see each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.models import Image, Node, PlatformRole, Tenant, TenantRole, User
from tests.domain import rows
from tests.domain.people import SYSTEM, a_user, tenant_of
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.wire import wired

DEPLOY = """
mutation Deploy($input: DeployInstanceInput!) {
  deployInstance(input: $input) { instance { id shortId name state revision } operation { id kind state } }
}
"""
STATE = "subscription($id: ID!) { instanceChanged(id: $id) { state } }"


@dataclass(frozen=True, slots=True)
class Person:
    """token: an API key of the GraphQL door."""

    user: User
    tenant: Tenant
    token: str


@dataclass(slots=True)
class People:
    """anna owns tenant A and bert tenant B; vera may only look at tenant A; root owns the platform."""

    replica: Replica
    root: Person
    anna: Person
    bert: Person
    vera: Person
    node: Node
    image: Image

    @classmethod
    async def on(cls, replica: Replica) -> People:
        with replica.inside():
            node, image = await rows.node("memory-1"), await rows.image("site")
            anna = await _person(replica, "anna")
            return cls(
                replica,
                await _person(replica, "root", platform_role=PlatformRole.OWNER),
                anna,
                await _person(replica, "bert"),
                await _person(replica, "vera", tenant=anna.tenant),
                node,
                image,
            )

    async def deploy(self, name: str = "web", *, who: Person | None = None, **wanted: Any) -> str:
        """The id of a new instance, still being built."""
        given = {"name": name, "imageName": self.image.name, "memoryBytes": 64 << 20, "cpuMillis": 100, **wanted}
        data = await self.replica.ask(DEPLOY, {"input": given}, token=(who or self.anna).token)
        return str(data["deployInstance"]["instance"]["id"])

    async def deploy_running(self, name: str = "web", *, who: Person | None = None, **wanted: Any) -> str:
        """The id of a new instance that runs."""
        person = who or self.anna
        instance_id = await self.deploy(name, who=person, **wanted)
        async with wired(self.replica.socket_url, person.token) as wire:
            await wire.subscribe(STATE, {"id": instance_id})
            while (await wire.next_data())["instanceChanged"]["state"] != "RUNNING":
                pass
        return instance_id


async def _person(
    replica: Replica, name: str, *, tenant: Tenant | None = None, platform_role: PlatformRole | None = None
) -> Person:
    role = TenantRole.VIEWER if tenant else TenantRole.OWNER
    user = await a_user(replica.house.ports, name, tenant=tenant, role=role, platform_role=platform_role)
    return Person(user, tenant or await tenant_of(user), await a_key(replica, user))


async def a_key(replica: Replica, user: User) -> str:
    """An API key of the GraphQL door, in plain text."""
    _, text = await create_api_key(replica.house.ports, SYSTEM, KeySpec(door="graphql", user_id=user.id))
    return text
