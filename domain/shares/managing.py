"""Who may say who else opens a file."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.files.access import get_file, level_on
from domain.models.file import AccessLevel, File, Share, ShareSubject
from domain.ports import Ports


async def get_managed_file(ports: Ports, actor: Actor, reference: UUID | str, tenant_id: UUID | None) -> File:
    """A file that the actor manages (ADMIN). Forbidden: less, or with a credential for one file. NotFound."""
    if actor.file_scope is not None:
        raise Forbidden("This credential is for one file and cannot share it.")
    return await get_file(ports, actor, reference, AccessLevel.ADMIN, tenant_id=tenant_id)


async def check_grant(ports: Ports, actor: Actor, file: File, kind: ShareSubject, level: AccessLevel) -> None:
    """InvalidInput: nothing is given, or ADMIN to other than a person. Forbidden: more than the actor has."""
    if level is AccessLevel.NONE:
        raise InvalidInput("A share gives at least the right to read.", field="level")
    if level is AccessLevel.ADMIN and kind is not ShareSubject.USER:
        raise InvalidInput("Only a person can manage a file.", field="level")
    if level > await level_on(ports, actor, file):
        raise Forbidden("Nobody gives more than they have.", field="level")


async def share_of(file: File, share_id: int) -> Share:
    """NotFound when it is not one of this file."""
    fits = 0 < share_id < 2**63
    found = await Share.get_or_none(id=share_id, file_id=file.id) if fits else None
    if found is None:
        raise NotFound("There is no such share of this file.", id=share_id)
    return found


def known_as(actor: Actor) -> str:
    """How the share's maker is written down."""
    return actor.id_tag or (str(actor.user_id) if actor.user_id else "system")
