"""Issue an API key for one door. What is not said is taken from the credential that asks; it never gives more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import ALL_SCOPES, Actor, allowed_scopes, parse_id, require
from domain.accounts.credentials import KEY, id_in, narrowed_to
from domain.accounts.digest import digest_of
from domain.accounts.key_forms import KEY_FORMS, SKYPORT, KeyForm
from domain.accounts.queries import visible_user
from domain.errors import Forbidden, InvalidInput
from domain.models.tenant import Membership
from domain.models.user import ApiKey, User
from domain.ports import Ports
from domain.tenants.naming import clean_line
from domain.tenants.queries import visible_tenant
from domain.unit import unit_of_work

NAME_LENGTH = 100
FLAVOUR_LENGTH = 24


@dataclass(frozen=True, slots=True)
class KeySpec:
    """door: one of KEY_DOORS. tenant_id None: all of the user's. user_id None: the actor. scopes None: all that the
    user's roles allow. flavour: a variant of the dialect, as its door names it. expires_at: aware; None: never."""

    door: str
    name: str = ""
    tenant_id: UUID | str | None = None
    user_id: UUID | str | None = None
    scopes: Collection[str] | None = None
    read_only: bool = False
    flavour: str | None = None
    expires_at: datetime | None = None


async def create_api_key(ports: Ports, actor: Actor, spec: KeySpec) -> tuple[ApiKey, str]:
    """The saved row and the key's text, which is never seen again.

    Needs keys:write (in the key's tenant); for somebody else users:write, or platform:own when they have a platform
    role; a Skyport key, which administers the whole platform, platform:own. InvalidInput: a field. NotFound: tenant
    or user.
    """
    require(actor, "keys:write")
    form = _form(spec.door)
    tenant_id = await _tenant_id(actor, spec)
    require(actor, "keys:write", tenant_id)
    user = await _user(actor, spec)
    await _check_reach(actor, spec, user, tenant_id)
    text = form.make()
    row = ApiKey(
        user=user,
        tenant_id=tenant_id,
        door=spec.door,
        name=clean_line(spec.name, "name", NAME_LENGTH) if spec.name.strip() else "",
        prefix=text[: form.shown],
        key_hash=digest_of(text),
        scopes=_scopes(actor, spec, tenant_id),
        read_only=spec.read_only,
        flavour=clean_line(spec.flavour, "flavour", FLAVOUR_LENGTH) if spec.flavour else None,
        expires_at=_expires_at(ports, actor, spec),
    )
    async with unit_of_work(ports) as unit:
        await row.save(force_create=True)
        subject, made_for = str(row.id), str(user.id)
        await unit.audit(actor, "api_key.created", subject=subject, tenant_id=tenant_id, user=made_for, door=row.door)
    return row, text


def _form(door: str) -> KeyForm:
    if door not in KEY_FORMS:
        raise InvalidInput(f"The door is one of {', '.join(KEY_FORMS)}.", field="door")
    return KEY_FORMS[door]


async def _tenant_id(actor: Actor, spec: KeySpec) -> UUID | None:
    narrowed = await narrowed_to(actor)
    if spec.tenant_id is None:
        return narrowed
    return (await visible_tenant(actor, spec.tenant_id)).id


async def _user(actor: Actor, spec: KeySpec) -> User:
    chosen = actor.user_id if spec.user_id is None else parse_id(spec.user_id, "user")
    if chosen is None:
        raise InvalidInput("Say for which user.", field="user_id")
    if chosen == actor.user_id:
        return await User.get(id=chosen)
    require(actor, "users:write")
    user = await visible_user(actor, chosen)
    if user.platform_role is not None:
        require(actor, "platform:own")
    return user


async def _check_reach(actor: Actor, spec: KeySpec, user: User, tenant_id: UUID | None) -> None:
    if tenant_id is not None and not await Membership.exists(tenant_id=tenant_id, user_id=user.id):
        raise InvalidInput("The user is no member of this tenant.", field="tenant_id")
    if spec.door != SKYPORT:
        return
    require(actor, "platform:own")
    if tenant_id is not None:
        raise InvalidInput("A Skyport key is for the whole platform, not for one tenant.", field="tenant_id")
    if user.platform_role is None:
        raise InvalidInput("A Skyport key is for an owner or admin of the platform.", field="user_id")


def _scopes(actor: Actor, spec: KeySpec, tenant_id: UUID | None) -> list[str] | None:
    if spec.scopes is None:
        return None if actor.scopes is None else sorted(actor.scopes)
    wanted = frozenset(spec.scopes)
    if unknown := wanted - ALL_SCOPES:
        raise InvalidInput(f"There is no scope {min(unknown)}.", field="scopes")
    if missing := wanted - allowed_scopes(actor, tenant_id):
        raise Forbidden(f"You do not have the right {min(missing)} yourself.", scope=min(missing))
    return sorted(wanted)


def _expires_at(ports: Ports, actor: Actor, spec: KeySpec) -> datetime | None:
    """A key made by a key does not outlive it; a session's short token says nothing about the person's rights."""
    ceiling = actor.expires_at if id_in(actor.credential, KEY) else None
    if spec.expires_at is None:
        return ceiling
    if spec.expires_at.tzinfo is None or spec.expires_at <= ports.clock.now():
        raise InvalidInput("expires_at must be in the future, with its time zone.", field="expires_at")
    if ceiling is not None and spec.expires_at > ceiling:
        raise InvalidInput("A key does not outlive the key that made it.", field="expires_at")
    return spec.expires_at
