"""Passkeys: register an authenticator, and sign in with it. What it must sign is asked for once and believed once."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor, parse_id
from domain.accounts.credentials import SESSION, refused
from domain.accounts.digest import digest_of
from domain.accounts.identity_login import (
    Device,
    IdentityLogin,
    identity_login,
    open_identity_session,
    whole_person,
    whole_person_at_home,
)
from domain.accounts.rights import require_oneself
from domain.accounts.throttle import count_failure, refuse_throttled
from domain.errors import Conflict, InvalidInput, NotFound, QuotaExceeded, Unauthenticated
from domain.models.sign_in import Passkey, PasskeyChallenge
from domain.models.tenant import Membership, Tenant
from domain.ports import Ports
from domain.tenants.naming import clean_line
from domain.unit import unit_of_work

Json = dict[str, Any]
CHALLENGE_S = 300
NAME_LENGTH = 100
MOST_OF_ONE = 32
ID_LENGTH = 512
MOST_CHALLENGES = 10_000


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For whom an authenticator signs. id: a host name; origins: pages that may ask, as scheme://host[:port]."""

    id: str
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ceremony:
    """options: what the browser's navigator.credentials is given. token: to be brought back with what it says."""

    options: Json
    token: str


async def begin_registration(ports: Ports, actor: Actor, tenant: Tenant, party: RelyingParty) -> Ceremony:
    """Ask an authenticator to make a key for oneself. QuotaExceeded: one has too many."""
    require_oneself(actor)
    user = await whole_person_at_home(actor, tenant)
    known = await Passkey.filter(user_id=user.id, tenant_id=tenant.id)
    if len(known) >= MOST_OF_ONE:
        raise QuotaExceeded(f"At most {MOST_OF_ONE} passkeys.", limit=MOST_OF_ONE)
    challenge = secrets.token_bytes(32)
    names = [key.credential_id for key in known]
    name = user.id_tag or user.username
    options = _ceremonies().registration_options(party, user.id, name, challenge, names, CHALLENGE_S)
    token = await _remember(ports, tenant, user.id, challenge)
    return Ceremony(options, token)


async def finish_registration(
    ports: Ports,
    actor: Actor,
    tenant: Tenant,
    party: RelyingParty,
    token: str,
    response: Json,
    name: str = "",
) -> Passkey:
    """Keep the key that was made. InvalidInput: the answer is not to what was asked. Conflict: it is kept already."""
    user_id = require_oneself(actor)
    await whole_person_at_home(actor, tenant)
    asked = await _take(ports, tenant, token, user_id)
    if asked is None:
        raise InvalidInput("This was not asked for, or too long ago.", field="token")
    ceremonies = _ceremonies()
    try:
        made = ceremonies.read_registration(party, response, bytes(asked.challenge))
    except ceremonies.DoesNotFit as exc:
        raise InvalidInput("The authenticator's answer does not fit.", field="response") from exc
    row = Passkey(
        user_id=user_id,
        tenant_id=tenant.id,
        credential_id=_name_of(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=clean_line(name, "name", NAME_LENGTH) if name.strip() else "",
        transports=_transports(response),
    )
    try:
        async with unit_of_work(ports) as unit:
            await row.save(force_create=True)
            await unit.audit(actor, "passkey.added", subject=str(row.id), tenant_id=tenant.id)
    except IntegrityError as exc:
        raise Conflict("This authenticator is known already.") from exc
    return row


async def begin_sign_in(ports: Ports, tenant: Tenant, party: RelyingParty) -> Ceremony | None:
    """Ask any authenticator that was registered here to sign; None when there is none."""
    if not await Passkey.exists(tenant_id=tenant.id):
        return None
    challenge = secrets.token_bytes(32)
    options = _ceremonies().sign_in_options(party, challenge, CHALLENGE_S)
    token = await _remember(ports, tenant, None, challenge)
    return Ceremony(options, token)


async def finish_sign_in(
    ports: Ports, tenant: Tenant, party: RelyingParty, token: str, response: Json, device: Device
) -> IdentityLogin:
    """A session of the person whose authenticator signed. Unauthenticated: it does not fit, whatever is wrong."""
    throttled = [f"sign-in:address:{device.address[:64]}"] if device.address else []
    await refuse_throttled(ports, throttled)
    try:
        return await _signed_in(ports, tenant, party, token, response, device)
    except Unauthenticated:
        await count_failure(ports, throttled)
        raise


async def _signed_in(
    ports: Ports, tenant: Tenant, party: RelyingParty, token: str, response: Json, device: Device
) -> IdentityLogin:
    asked = await _take(ports, tenant, token, None)
    credential_id = str(response.get("id", ""))[:ID_LENGTH]
    known = await Passkey.get_or_none(credential_id=credential_id, tenant_id=tenant.id).select_related("user")
    if asked is None or known is None:
        raise refused("unknown")
    ceremonies = _ceremonies()
    try:
        key, challenge = bytes(known.public_key), bytes(asked.challenge)
        shown = ceremonies.read_signature(party, response, challenge, key, known.sign_count)
    except ceremonies.DoesNotFit as exc:
        raise refused("unknown") from exc
    return await _open(ports, tenant, known, shown.new_sign_count, device)


async def _open(ports: Ports, tenant: Tenant, known: Passkey, sign_count: int, device: Device) -> IdentityLogin:
    now, user = ports.clock.now(), known.user
    member = await Membership.get_or_none(user_id=user.id, tenant_id=tenant.id)
    if member is None:
        raise refused("revoked")
    async with unit_of_work(ports) as unit:
        # Two answers at the same moment with one count: the second is a copy.
        if not await Passkey.filter(id=known.id, sign_count=known.sign_count).update(
            sign_count=sign_count, last_used_at=now
        ):
            raise refused("unknown")
        session = await open_identity_session(ports, user, tenant.id, device, now)
        credential = f"{SESSION}:{session.id}"
        actor = Actor(user.id, credential, device.door, tenant_id=tenant.id, address=device.address)
        await unit.audit(actor, "user.signed_in", subject=str(user.id), tenant_id=tenant.id, passkey=str(known.id))
    return identity_login(ports, tenant, user, member.role, credential)


async def list_passkeys(actor: Actor, tenant: Tenant) -> list[Passkey]:
    """One's own, in the order they were added."""
    user = await whole_person(actor, tenant)
    return await Passkey.filter(user_id=user.id, tenant_id=tenant.id).order_by("created_at", "id")


async def remove_passkey(ports: Ports, actor: Actor, tenant: Tenant, passkey_id: str) -> None:
    """It opens nothing any more; sessions it has opened stay. NotFound: it is not one's own."""
    user_id = require_oneself(actor)
    row_id = parse_id(passkey_id, "passkey")
    async with unit_of_work(ports) as unit:
        if not await Passkey.filter(id=row_id, user_id=user_id, tenant_id=tenant.id).delete():
            raise NotFound("There is no such passkey.", id=str(passkey_id)[:64])
        await unit.audit(actor, "passkey.removed", subject=str(row_id), tenant_id=tenant.id)


async def _remember(ports: Ports, tenant: Tenant, user_id: UUID | None, challenge: bytes) -> str:
    now, token = ports.clock.now(), secrets.token_urlsafe(32)
    if await PasskeyChallenge.filter(tenant_id=tenant.id, expires_at__gt=now).count() >= MOST_CHALLENGES:
        oldest = PasskeyChallenge.filter(tenant_id=tenant.id).order_by("expires_at").limit(MOST_CHALLENGES // 10)
        await PasskeyChallenge.filter(id__in=[row.id for row in await oldest]).delete()
    await PasskeyChallenge.create(
        tenant=tenant,
        user_id=user_id,
        token_hash=digest_of(token),
        challenge=challenge,
        expires_at=now + timedelta(seconds=CHALLENGE_S),
    )
    return token


async def _take(ports: Ports, tenant: Tenant, token: str, user_id: UUID | None) -> PasskeyChallenge | None:
    """What was asked under this token, once; None when nothing was, of this person, or it is too old."""
    asked = await PasskeyChallenge.get_or_none(token_hash=digest_of(token), tenant_id=tenant.id, user_id=user_id)
    if asked is None or not await PasskeyChallenge.filter(id=asked.id).delete():
        return None
    return asked if asked.expires_at > ports.clock.now() else None


def _name_of(credential_id: bytes) -> str:
    text = base64.urlsafe_b64encode(credential_id).rstrip(b"=").decode()
    if len(text) > ID_LENGTH:
        raise InvalidInput("The authenticator's id is too long.", field="response")
    return text


def _transports(response: Json) -> list[str] | None:
    inner = response.get("response")
    named = inner.get("transports") if isinstance(inner, dict) else None
    return [str(name)[:24] for name in named[:8]] if isinstance(named, list) else None


def _ceremonies() -> ModuleType:
    """Its library takes long to load, and most who start never use it."""
    from domain.accounts import ceremonies

    return ceremonies
