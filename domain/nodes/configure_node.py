"""Exchange a node's one-time configure key for the access key its own daemon chose."""

from __future__ import annotations

from domain.access import Actor
from domain.errors import InvalidInput, NotFound
from domain.events import node_changed
from domain.models.node import Node, NodeState
from domain.nodes.register_node import hash_key
from domain.ports import Ports
from domain.unit import unit_of_work


async def configure_node(ports: Ports, configure_key: str, access_key: str) -> Node:
    """Set the access key; the configure key works once and is itself the credential, so there is no actor.

    InvalidInput: a key is empty. NotFound: no node waits for this key.
    """
    if not configure_key or not access_key:
        raise InvalidInput("Both keys are needed.", field="configure_key")
    async with unit_of_work(ports) as unit:
        node = await Node.filter(configure_key_hash=hash_key(configure_key)).select_for_update().first()
        if node is None:
            raise NotFound("There is no such node.")
        node.access_key_hash = hash_key(access_key)
        node.configure_key_hash = None
        if node.state is NodeState.UNCONFIGURED:
            node.state = NodeState.CONFIGURED
        await node.save()
        await unit.audit(Actor.system("node"), "node.configured", subject=str(node.id))
        unit.emit(node_changed(node))
    return node
