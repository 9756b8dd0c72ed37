"""Instances."""

from __future__ import annotations

from collections.abc import Sequence

from domain.access import Actor
from domain.accounts.queries import visible_users
from domain.errors import NotFound
from domain.images.queries import visible_images
from domain.instances.deploy import deploy
from domain.instances.destroy import destroy
from domain.instances.queries import InstanceFilter, all_instances, get_instance_by_short_id, ports_of
from domain.instances.suspend import suspend
from domain.instances.unsuspend import unsuspend
from domain.models.instance import Instance
from domain.nodes.queries import all_nodes, get_node
from rest_compat._kit import Call
from rest_compat.skyport.routes.users import owner_of
from rest_compat.skyport.schemas.instances import INTERNAL_STATE, DeployedOut, DeployIn, InstanceIn, InstanceOut
from rest_compat.skyport.schemas.users import UserInstancesIn

THERE = tuple(INTERNAL_STATE)


async def get_instances(call: Call[None]) -> list[InstanceOut]:
    """GET /api/instances: every instance, oldest first."""
    return await _shown(call.actor, await all_instances(call.actor, InstanceFilter(states=THERE)))


async def get_user_instances(call: Call[UserInstancesIn]) -> list[InstanceOut]:
    """POST /api/getUserInstance: the instances of one owner."""
    owner = await owner_of(call.actor, str(call.body.user_id))
    owned = InstanceFilter(states=THERE, owner_id=owner.id)
    return await _shown(call.actor, await all_instances(call.actor, owned))


async def get_instance(call: Call[InstanceIn]) -> InstanceOut:
    """POST /api/getInstance: one instance."""
    return await _shown_one(call.actor, await _present(call.actor, str(call.body.id)))


async def deploy_instance(call: Call[DeployIn]) -> DeployedOut:
    """POST /api/instances/deploy: answers before the container exists; poll InternalState or State.

    Every port is published for TCP and UDP. Env is the image's, then the variables.
    """
    spec = call.body.to_spec()
    await get_node(call.actor, str(call.body.node_id))
    promised = await deploy(call.ports, call.actor, spec)
    return DeployedOut.of(promised.instance)


async def delete_instance(call: Call[InstanceIn]) -> None:
    """DELETE /api/instance/delete: with its data; from now on it is not found."""
    instance = await _present(call.actor, str(call.body.id))
    await destroy(call.ports, call.actor, instance.id)


async def suspend_instance(call: Call[None]) -> InstanceOut:
    """POST /api/instances/suspend/{id}: stopped, and its owner cannot start it; once more changes nothing."""
    instance = await _present(call.actor, call.path["id"])
    if not instance.suspended:
        instance = (await suspend(call.ports, call.actor, instance.id)).instance
    return await _shown_one(call.actor, instance)


async def unsuspend_instance(call: Call[None]) -> InstanceOut:
    """POST /api/instances/unsuspend/{id}: started again if it ran; once more changes nothing."""
    instance = await _present(call.actor, call.path["id"])
    if instance.suspended:
        instance = (await unsuspend(call.ports, call.actor, instance.id)).instance
    return await _shown_one(call.actor, instance)


async def _present(actor: Actor, short_id: str) -> Instance:
    """NotFound also while it is being deleted: for these clients it is gone."""
    instance = await get_instance_by_short_id(actor, short_id)
    if instance.state not in INTERNAL_STATE:
        raise NotFound("There is no such instance.", id=short_id)
    return instance


async def _shown_one(actor: Actor, instance: Instance) -> InstanceOut:
    return (await _shown(actor, [instance]))[0]


async def _shown(actor: Actor, instances: Sequence[Instance]) -> list[InstanceOut]:
    """As the client sees them; one query for each kind of neighbour, however many instances."""
    if not instances:
        return []
    nodes = {node.id: node for node in await all_nodes(actor)}
    owners = {user.id: user for user in await visible_users(actor).filter(id__in={row.owner_id for row in instances})}
    used = {row.image_id for row in instances if row.image_id is not None}
    images = {image.id: image for image in await visible_images(actor).filter(id__in=used)} if used else {}
    ports = await ports_of(instances)
    return [
        InstanceOut.of(
            row,
            node=nodes[row.node_id],
            owner=owners[row.owner_id],
            image=images.get(row.image_id) if row.image_id else None,
            ports=ports[row.id],
        )
        for row in instances
    ]
