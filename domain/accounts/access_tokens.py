"""Tokens made from other credentials: narrowed to a scope, for a file reached through another, of a link, of a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.credentials import REF, id_in
from domain.accounts.identity_login import identity_login, issuer_of, whole_person
from domain.accounts.identity_tokens import encode_identity_token
from domain.accounts.token_scopes import file_scope_text, parse_scope
from domain.errors import Forbidden, InvalidInput, Unauthenticated
from domain.files.access import find_file, get_file
from domain.models.file import AccessLevel, Ref
from domain.models.tenant import Tenant
from domain.models.user import User
from domain.ports import Ports
from domain.refs.redeem_ref import redeem_ref
from domain.shares.via import level_via


@dataclass(frozen=True, slots=True)
class ScopedToken:
    """scope, file_id (public), level: of a token for one file. params: what the link's maker attached."""

    token: str
    expires_at: datetime
    scope: str | None = None
    file_id: str | None = None
    level: AccessLevel | None = None
    params: str | None = None


async def narrow_token(ports: Ports, actor: Actor, tenant: Tenant, scope: str | None) -> ScopedToken:
    """A token of the same credential, at most for the scope. Forbidden: there is no such scope, or the credential is
    narrowed already. NotFound: the scope's file."""
    user = await whole_person(actor, tenant)
    if scope is None:
        login = identity_login(ports, tenant, user, actor.memberships.get(tenant.id), actor.credential)
        return ScopedToken(login.token, login.expires_at)
    wanted = parse_scope(scope)
    if wanted.file is not None:
        await get_file(ports, actor, wanted.file, wanted.level, tenant_id=tenant.id)
    subject = user.id_tag if user.id_tag != tenant.id_tag else None
    token, expires_at = encode_identity_token(
        ports, issuer_of(tenant), actor.credential, subject=subject, scope=wanted.text
    )
    return ScopedToken(token, expires_at, wanted.text)


async def token_via(ports: Ports, actor: Actor, tenant: Tenant, via: str, scope: str | None) -> ScopedToken:
    """A token for a file that another one (via) holds, as far as the link and the scope go.

    InvalidInput: no scope of a file. Forbidden: no such link, or less than the scope says. NotFound: one of the files.
    """
    wanted = parse_scope(scope) if scope else None
    if wanted is None or wanted.file is None:
        raise InvalidInput("With via there must be the scope of a file.", field="scope")
    if actor.file_scope is None:
        await whole_person(actor, tenant)
    container = await get_file(ports, actor, via, tenant_id=tenant.id)
    file = await find_file(actor, wanted.file, tenant.id)
    if file is None:
        raise Forbidden("This file cannot be reached through that one.")
    level = min(await level_via(ports, actor, container, file), wanted.level)
    text = file_scope_text(file.public_id, level)
    token, expires_at = encode_identity_token(
        ports, issuer_of(tenant), actor.credential, subject=actor.id_tag, scope=text, via=container.public_id
    )
    return ScopedToken(token, expires_at, text, file.public_id, level)


async def token_of_link(
    ports: Ports, actor: Actor, tenant: Tenant, ref_id: str, *, refresh: bool = False
) -> ScopedToken:
    """Redeem a link to a file. refresh: takes no use; who comes with a token of the link may always do so.

    InvalidInput: unknown, expired, used up.
    """
    held = await find_ref_of(actor)
    holder = held is not None and held.ref_id == ref_id
    ref = await redeem_ref(ports, tenant.id, ref_id, refresh=refresh, holder=holder)
    assert ref.resource is not None
    level = AccessLevel(ref.level or AccessLevel.READ)
    text = file_scope_text(ref.resource.public_id, level)
    token, expires_at = encode_identity_token(
        ports, issuer_of(tenant), f"{REF}:{ref.id}", scope=text, not_after=ref.expires_at
    )
    return ScopedToken(token, expires_at, text, ref.resource.public_id, level, ref.params)


async def token_of_key(
    ports: Ports, tenant: Tenant, key: str, door: str, address: str | None, scope: str | None
) -> ScopedToken:
    """A token in place of an API key, so that the key itself need not travel. Forbidden: the key is not good here, or
    narrowed already where a scope is wanted."""
    try:
        actor = await authenticate(ports, Credential(CredentialKind.API_KEY, key, door, address))
    except Unauthenticated as error:
        raise Forbidden("This API key is not valid.") from error
    role = actor.memberships.get(tenant.id)
    if role is None or actor.user_id is None:
        raise Forbidden("This API key is not valid.")
    user = await User.get(id=actor.user_id)
    if scope is not None:
        return await narrow_token(ports, actor, tenant, scope)
    login = identity_login(ports, tenant, user, role, actor.credential)
    return ScopedToken(login.token, login.expires_at)


async def find_ref_of(actor: Actor) -> Ref | None:
    """The link that the credential was made from."""
    ref_id = id_in(actor.credential, REF)
    return await Ref.get_or_none(id=ref_id) if ref_id else None
