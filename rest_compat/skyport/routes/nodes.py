"""Nodes."""

from __future__ import annotations

from domain.nodes.configure_node import configure_node as exchange_keys
from domain.nodes.queries import all_nodes
from domain.nodes.register_node import register_node
from domain.nodes.remove_node import remove_node
from rest_compat._kit import Call
from rest_compat.skyport.schemas.nodes import ConfigureNodeIn, CreatedNodeOut, CreateNodeIn, DeleteNodeIn, NodeOut


async def get_nodes(call: Call[None]) -> list[NodeOut]:
    """GET /api/nodes: every node, oldest first."""
    return [NodeOut.of(node) for node in await all_nodes(call.actor)]


async def create_node(call: Call[CreateNodeIn]) -> CreatedNodeOut:
    """POST /api/nodes/create: a Docker Engine at address:port; Unconfigured until it answers or is configured."""
    return CreatedNodeOut.of(await register_node(call.ports, call.actor, call.body.to_spec()))


async def delete_node(call: Call[DeleteNodeIn]) -> None:
    """DELETE /api/nodes/delete: forgotten, not touched; refused while instances live on it."""
    await remove_node(call.ports, call.actor, str(call.body.node_id))


async def configure_node(call: Call[None]) -> None:
    """POST /nodes/configure: a node's daemon exchanges its single-use configureKey for an accessKey of its own."""
    keys: ConfigureNodeIn = call.query
    await exchange_keys(call.ports, keys.configure_key, keys.access_key)
