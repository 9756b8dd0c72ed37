"""Which files an actor sees in a tenant, as one condition of a query: where level_on is above NONE."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import ValuesQuery

from domain.access import Actor
from domain.files.access import LEVEL_OF_ROLE, given_to
from domain.models.file import AccessLevel, File, Share, Visibility
from domain.ports import Ports

_NOTHING = Q(id__in=[])


def visible_files(ports: Ports, actor: Actor, tenant_id: UUID) -> Q:
    """Operators of the tenant and the platform: all; others: their own, given and public ones, and parts of these.
    A credential for one file tree sees that tree, as far as its person does."""
    scope = actor.file_scope
    here = Q(tenant_id=tenant_id)
    if scope is not None:
        here &= Q(id=scope.file_id) | Q(root_id=scope.file_id) | Q(root_id__in=Subquery(_parts_of(scope.file_id)))
        if scope.grants:
            return here if scope.level > AccessLevel.NONE else _NOTHING
    if actor.scopes is not None and "files:read" not in actor.scopes:
        return _NOTHING
    role = actor.memberships.get(tenant_id)
    if actor.is_platform or (role is not None and LEVEL_OF_ROLE[role] > AccessLevel.NONE):
        return here
    whole = Subquery(File.filter(_open_to(ports, actor), tenant_id=tenant_id).values("id"))
    parts = File.filter(tenant_id=tenant_id, root_id__isnull=False)  # few: said, so that planners begin with them
    inner = Subquery(parts.filter(root_id__in=whole).values("id"))
    return here & (_open_to(ports, actor) | Q(root_id__in=whole) | Q(root_id__in=inner))


def _open_to(ports: Ports, actor: Actor) -> Q:
    """Files that are open to the actor by themselves."""
    if actor.user_id is None:
        return Q(visibility=Visibility.PUBLIC)
    given = Subquery(Share.filter(given_to(ports, actor)).values("file_id"))
    seen = Q(visibility__in=[Visibility.PUBLIC, Visibility.VERIFIED])
    return seen | Q(creator_id=actor.user_id) | Q(id__in=given)


def _parts_of(file_id: UUID) -> ValuesQuery[Any]:
    return File.filter(root_id=file_id).values("id")
