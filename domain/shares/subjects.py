"""Whom a file is given to: the text from outside, and who or what is meant by it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from domain.access import Actor
from domain.accounts.naming import find_by_any_name
from domain.errors import InvalidInput, NotFound
from domain.files.access import find_file, level_on
from domain.models.file import AccessLevel, File, Ref, ShareSubject
from domain.models.user import User
from domain.ports import Ports
from domain.refs.kinds import SHARE_FILE
from domain.text import can_be_kept

SUBJECT_LENGTH = 80
_ID_TAG = re.compile(r"(?=.{3,62}$)[\w-]+(\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Subject:
    """text: as it is stored. user_id: the person, where they are known here. ref: the link's."""

    kind: ShareSubject
    text: str
    user_id: UUID | None = None
    ref: Ref | None = None


async def find_subject(ports: Ports, actor: Actor, file: File, kind: ShareSubject, text: str) -> Subject:
    """USER: an id tag (also of somebody elsewhere), or a user's id, name or e-mail. LINK: a ref of this file. FILE:
    another file of the same tenant. InvalidInput, NotFound: it is none."""
    if not 1 <= len(text) <= SUBJECT_LENGTH or not can_be_kept(text):
        raise InvalidInput(f"subject must have 1 to {SUBJECT_LENGTH} characters.", field="subject")
    if kind is ShareSubject.USER:
        return await _person(text)
    return await _link(file, text) if kind is ShareSubject.LINK else await _container(ports, actor, file, text)


async def _person(text: str) -> Subject:
    tag = text.lower()
    user = await User.get_or_none(id_tag=tag) or await find_by_any_name(text)
    if user is not None:
        return Subject(ShareSubject.USER, user.id_tag or str(user.id), user.id)
    if not _ID_TAG.fullmatch(tag):
        raise InvalidInput("There is no such person.", field="subject")
    return Subject(ShareSubject.USER, tag)


async def _link(file: File, text: str) -> Subject:
    ref = await Ref.get_or_none(ref_id=text, kind=SHARE_FILE, resource_id=file.id)
    if ref is None:
        raise NotFound("There is no such link to this file.", id=text)
    return Subject(ShareSubject.LINK, ref.ref_id, ref=ref)


async def _container(ports: Ports, actor: Actor, file: File, text: str) -> Subject:
    container = await find_file(actor, text, file.tenant_id)
    if container is None or container.tenant_id != file.tenant_id:
        raise NotFound("There is no such file.", id=text)
    if await level_on(ports, actor, container) is AccessLevel.NONE:
        raise NotFound("There is no such file.", id=text)
    if container.id == file.id:
        raise InvalidInput("A file cannot be reached through itself.", field="subject")
    return Subject(ShareSubject.FILE, container.public_id)
