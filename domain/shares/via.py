"""A file reached through another one that holds it: the link between the two says how far."""

from __future__ import annotations

from tortoise.expressions import Q

from domain.access import Actor
from domain.errors import Forbidden, NotFound
from domain.files.access import level_on
from domain.models.file import AccessLevel, File, Share, ShareSubject
from domain.ports import Ports


async def level_via(ports: Ports, actor: Actor, container: File, file: File) -> AccessLevel:
    """The lesser of the actor's level on the container and that of the link; at least READ.

    NotFound: the actor cannot read the container. Forbidden: the file is not (or no longer) linked into it.
    """
    own = await level_on(ports, actor, container)
    if own is AccessLevel.NONE:
        raise NotFound("There is no such file.", id=container.public_id)
    linked = await _linked(ports, container, file)
    if linked is AccessLevel.NONE:
        raise Forbidden("This file cannot be reached through that one.")
    return min(own, linked)


async def _linked(ports: Ports, container: File, file: File) -> AccessLevel:
    """Public ids are unique in a tenant only, so that a link never reaches into another."""
    if container.tenant_id != file.tenant_id:
        return AccessLevel.NONE
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=ports.clock.now())
    names = [name for name in (container.public_id, container.temp_id) if name]
    links = Share.filter(valid, file_id=file.id, subject_kind=ShareSubject.FILE, subject__in=names)
    levels: list[int] = await links.values_list("level", flat=True)  # type: ignore[assignment]
    return AccessLevel(max(levels, default=AccessLevel.NONE))
