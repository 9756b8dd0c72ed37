"""How far an actor may go with a file: the one place that decides it, for every door and every socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from uuid import UUID

from tortoise.expressions import Q

from domain.access import Actor, may
from domain.errors import Forbidden, NotFound
from domain.models.file import AccessLevel, File, Ref, Share, ShareSubject, Visibility
from domain.models.tenant import TenantRole
from domain.ports import Ports
from domain.text import can_be_kept

DEEPEST_PART = 2
PUBLIC_ID_LENGTH = 80
TEMP_ID_LENGTH = 24
LEVEL_OF_ROLE = {
    TenantRole.OWNER: AccessLevel.ADMIN,
    TenantRole.ADMIN: AccessLevel.ADMIN,
    TenantRole.OPERATOR: AccessLevel.WRITE,
    TenantRole.VIEWER: AccessLevel.NONE,
}


async def level_on(ports: Ports, actor: Actor, file: File) -> AccessLevel:
    """The actor's level right now. A part of another file (and a part of that) has at least that file's level.

    Owner, admins, creator and platform: ADMIN; operators of the tenant: WRITE; grantees what they were given; everyone
    READ where the visibility says so. A credential's own narrowing (scopes, read-only, file scope) is the ceiling.
    """
    return (await levels_on(ports, actor, [file]))[file.id]


async def levels_on(ports: Ports, actor: Actor, files: Sequence[File]) -> dict[UUID, AccessLevel]:
    """level_on for many files, by row id; the number of queries does not grow with them."""
    roots = await _roots_of(files)
    chains = {file.id: _chain(file, roots) for file in files}
    granted = await _granted(ports, actor, {one.id for chain in chains.values() for one in chain})
    ceiling = min(await _link_ceiling(ports, actor), await _via_ceiling(ports, actor))
    return {file_id: min(ceiling, _level_of(actor, chain, granted)) for file_id, chain in chains.items()}


async def require_level(
    ports: Ports, actor: Actor, file: File, needed: AccessLevel, *, asked_as: UUID | str | None = None
) -> AccessLevel:
    """The level, which is at least `needed`. NotFound when the actor cannot even read it (it then says no other id than
    the one it was asked by); else Forbidden."""
    level = await level_on(ports, actor, file)
    if level is AccessLevel.NONE:
        raise NotFound("There is no such file.", id=str(asked_as or file.public_id)[:80])
    if level < needed:
        raise Forbidden(f"This needs the right to {needed.name.lower()} the file.", level=level.name.lower())
    return level


async def find_file(actor: Actor, reference: UUID | str, tenant_id: UUID | None = None) -> File | None:
    """By row id, public id or former temporary id, without asking whether the actor may. tenant_id: where public ids
    are looked up first (None: the actor's own tenant); random ids are found in any tenant."""
    row_id = row_id_of(reference)
    if row_id is not None:
        return await File.get_or_none(id=row_id)
    text = str(reference)
    if len(text) > PUBLIC_ID_LENGTH or not can_be_kept(text):
        return None
    home = tenant_id or actor.tenant_id
    if home is not None:
        is_temporary = text.startswith("@") and len(text) <= TEMP_ID_LENGTH
        named = Q(public_id=text) | Q(temp_id=text) if is_temporary else Q(public_id=text)
        found = await File.filter(named, tenant_id=home).first()
        if found is not None:
            return found
    if actor.file_scope is not None:
        scoped = Q(id=actor.file_scope.file_id) | Q(root_id=actor.file_scope.file_id)
        return await File.filter(scoped, public_id=text).first()
    return await File.filter(public_id=text).order_by("created_at", "id").first() if _is_random(text) else None


async def get_file(
    ports: Ports,
    actor: Actor,
    reference: UUID | str,
    needed: AccessLevel = AccessLevel.READ,
    *,
    tenant_id: UUID | None = None,
) -> File:
    """The file, on which the actor has at least `needed`. NotFound, Forbidden as in require_level."""
    file = await find_file(actor, reference, tenant_id)
    if file is None:
        raise NotFound("There is no such file.", id=str(reference)[:80])
    await require_level(ports, actor, file, needed, asked_as=reference)
    return file


def _ceiling(actor: Actor) -> AccessLevel:
    scopes = actor.scopes
    if scopes is not None and "files:read" not in scopes:
        return AccessLevel.NONE
    read_only = actor.read_only or (scopes is not None and "files:write" not in scopes)
    return AccessLevel.READ if read_only else AccessLevel.ADMIN


def _level_of(actor: Actor, chain: Sequence[File], granted: Mapping[UUID, AccessLevel]) -> AccessLevel:
    scope = actor.file_scope
    if scope is not None and scope.file_id not in {one.id for one in chain}:
        return AccessLevel.NONE
    if scope is not None and scope.grants:
        return scope.level
    ceiling = _ceiling(actor) if scope is None else min(scope.level, _ceiling(actor))
    return min(ceiling, max(max(_own_level(actor, one), granted.get(one.id, AccessLevel.NONE)) for one in chain))


async def _link_ceiling(ports: Ports, actor: Actor) -> AccessLevel:
    """What the link allows now by which the actor came; whoever came otherwise is not held up."""
    kind, _, ref_id = actor.credential.partition(":")
    row_id = row_id_of(ref_id) if kind == "ref" else None
    if row_id is None:
        return AccessLevel.ADMIN
    ref = await Ref.get_or_none(id=row_id)
    if ref is None or (ref.expires_at is not None and ref.expires_at <= ports.clock.now()):
        return AccessLevel.NONE
    return AccessLevel(ref.level or AccessLevel.READ)


async def _via_ceiling(ports: Ports, actor: Actor) -> AccessLevel:
    """What is open now of the file through which the actor came; whoever came otherwise is not held up."""
    scope = actor.file_scope
    if scope is None or scope.via is None:
        return AccessLevel.ADMIN
    container, file = await File.get_or_none(id=scope.via), await File.get_or_none(id=scope.file_id)
    if container is None or file is None:
        return AccessLevel.NONE
    linked = await level_of_link(ports, container, file)
    return min(linked, await level_on(ports, replace(actor, file_scope=scope.base), container))


async def level_of_link(ports: Ports, container: File, file: File) -> AccessLevel:
    """How far the file is open to who may open the container. Public ids are unique in a tenant only, so that a link
    never reaches into another."""
    if container.tenant_id != file.tenant_id:
        return AccessLevel.NONE
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=ports.clock.now())
    names = [name for name in (container.public_id, container.temp_id) if name]
    links = Share.filter(valid, file_id=file.id, subject_kind=ShareSubject.FILE, subject__in=names)
    levels: list[int] = await links.values_list("level", flat=True)  # type: ignore[assignment]
    return AccessLevel(max(levels, default=AccessLevel.NONE))


def _own_level(actor: Actor, file: File) -> AccessLevel:
    level = AccessLevel.ADMIN if actor.is_platform else AccessLevel.NONE
    role = actor.memberships.get(file.tenant_id)
    if role is not None:
        level = max(level, LEVEL_OF_ROLE[role])
    if actor.user_id is not None and file.creator_id == actor.user_id:
        level = AccessLevel.ADMIN
    if file.visibility is Visibility.PUBLIC or (file.visibility is Visibility.VERIFIED and actor.user_id is not None):
        level = max(level, AccessLevel.READ)
    return level


async def _roots_of(files: Sequence[File]) -> dict[UUID, File]:
    """What the files are parts of, by row id. The companion of a part is two away from the whole."""
    roots: dict[UUID, File] = {}
    wanted = {file.root_id for file in files if file.root_id is not None}
    while wanted:
        found = await File.filter(id__in=list(wanted))
        roots.update({root.id: root for root in found})
        wanted = {root.root_id for root in found if root.root_id is not None} - roots.keys()
    return roots


def _chain(file: File, roots: Mapping[UUID, File]) -> list[File]:
    """The file, then what it is a part of."""
    chain = [file]
    while (root_id := chain[-1].root_id) in roots and len(chain) <= DEEPEST_PART:
        chain.append(roots[root_id])  # type: ignore[index]
    return chain


async def _granted(ports: Ports, actor: Actor, file_ids: Set[UUID]) -> dict[UUID, AccessLevel]:
    """What the person was given, by file."""
    levels: dict[UUID, AccessLevel] = {}
    if actor.user_id is None or not file_ids:
        return levels
    for share in await Share.filter(given_to(ports, actor), file_id__in=list(file_ids)):
        levels[share.file_id] = max(levels.get(share.file_id, AccessLevel.NONE), AccessLevel(share.level))
    return levels


def given_to(ports: Ports, actor: Actor) -> Q:
    """The shares that are the person's and have not expired."""
    mine = Q(user_id=actor.user_id)
    if actor.id_tag is not None:
        mine |= Q(subject=actor.id_tag)
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=ports.clock.now())
    return Q(mine, valid, subject_kind=ShareSubject.USER)


def may_see_all(actor: Actor, tenant_id: UUID) -> bool:
    """Whether the actor sees every file of the tenant, not only those given to them."""
    return may(actor, "files:read", tenant_id)


def row_id_of(reference: UUID | str) -> UUID | None:
    """The reference as a row id; None when it is a public one."""
    if isinstance(reference, UUID):
        return reference
    if len(reference) != 36:
        return None
    try:
        return UUID(reference)
    except ValueError:
        return None


def _is_random(text: str) -> bool:
    return len(text) == 24 and text.isalnum()
