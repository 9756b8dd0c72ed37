"""Which subscriptions one execution may serve together, and as whom it runs.

A shared execution runs as an actor made of nothing but what its results may depend on. Two sockets share it when that
actor is equal for both, so what one of them could not see, the other does not see either: the execution knows no more.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from enum import Enum

import orjson
from graphql import FieldNode, GraphQLSchema, NullValueNode, ValueNode, VariableNode

from domain.access import Actor
from gateway.graphql.documents import Prepared

SHARED = "shared"
"""The key in a strawberry field's metadata that holds its Sharing."""


class Sharing(Enum):
    """Who may share a stream. ROLE: whoever has the same roles and scopes. PERSON: the same person with the same."""

    ROLE = "role"
    PERSON = "person"


def sharing_of(schema: GraphQLSchema, prepared: Prepared) -> Sharing | None:
    """How the subscription may be shared; None: it may not. A subscription asks for exactly one field."""
    (name,) = prepared.measured.root_fields
    assert schema.subscription_type is not None
    source = schema.subscription_type.fields[name].extensions.get("strawberry-definition")
    found: Sharing | None = (getattr(source, "metadata", None) or {}).get(SHARED)
    return None if found is None or _resumes(prepared) else found


def _resumes(prepared: Prepared) -> bool:
    """Whether it may begin at a cursor: what it has to catch up with is its own."""
    for part in prepared.operation.selection_set.selections:
        if not isinstance(part, FieldNode):
            return True
        for argument in part.arguments or ():
            if argument.name.value == "after" and not _is_null(argument.value, prepared):
                return True
    return False


def _is_null(value: ValueNode, prepared: Prepared) -> bool:
    if not isinstance(value, VariableNode):
        return isinstance(value, NullValueNode)
    name = value.name.value
    if (prepared.request.variables or {}).get(name) is not None:
        return False
    return all(
        one.default_value is None
        for one in prepared.operation.variable_definitions or ()
        if one.variable.name.value == name
    )


def shared_caller(actor: Actor, sharing: Sharing) -> Actor:
    """The actor of a shared execution: no credential, no address, no end; with ROLE also nobody in particular."""
    shared = replace(actor, credential="shared", address=None, expires_at=None)
    if sharing is Sharing.PERSON:
        return shared
    return replace(shared, user_id=None, id_tag=None, tenant_id=None, flavour=None)


def key_of(prepared: Prepared, caller: Actor, sharing: Sharing) -> Hashable:
    """Equal for what one execution may serve: document, operation, variables, and everything of the shared caller."""
    request = prepared.request
    said = orjson.dumps([request.variables, request.extensions], option=orjson.OPT_SORT_KEYS)
    rights = (
        caller.user_id,
        caller.id_tag,
        caller.tenant_id,
        caller.door,
        frozenset(caller.memberships.items()),
        caller.platform_role,
        caller.scopes,
        caller.read_only,
        caller.flavour,
        caller.file_scope,
    )
    return sharing, request.query, request.operation_name, said, rights
