"""A file reached through another one that holds it: the link between the two says how far."""

from __future__ import annotations

from domain.access import Actor
from domain.errors import Forbidden, NotFound
from domain.files.access import level_of_link, level_on
from domain.models.file import AccessLevel, File
from domain.ports import Ports


async def level_via(ports: Ports, actor: Actor, container: File, file: File) -> AccessLevel:
    """The lesser of the actor's level on the container and that of the link; at least READ.

    NotFound: the actor cannot read the container. Forbidden: the file is not (or no longer) linked into it.
    """
    own = await level_on(ports, actor, container)
    if own is AccessLevel.NONE:
        raise NotFound("There is no such file.", id=container.public_id)
    linked = await level_of_link(ports, container, file)
    if linked is AccessLevel.NONE:
        raise Forbidden("This file cannot be reached through that one.")
    return min(own, linked)
