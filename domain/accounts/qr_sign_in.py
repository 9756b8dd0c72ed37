"""Sign in by another device that is signed in already: this one shows a code and waits, that one answers.

The waiting device may ask any replica: it is woken over the bus, and what is true stands in the database.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from domain.access import Actor
from domain.accounts.credentials import SESSION
from domain.accounts.digest import digest_of
from domain.accounts.identity_login import (
    Device,
    IdentityLogin,
    identity_login,
    open_identity_session,
    whole_person,
    whole_person_at_home,
)
from domain.accounts.sessions import ADDRESS_LENGTH, USER_AGENT_LENGTH, one_line
from domain.errors import Forbidden, InvalidInput, NotFound, Unavailable
from domain.models.sign_in import QrSignIn, QrState
from domain.models.tenant import Membership, Tenant
from domain.ports import Ports
from domain.unit import unit_of_work

EXPIRED = "expired"
LOOK_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class QrOffer:
    """public_id: what the code shows. secret: with which only the waiting device can ask."""

    public_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class QrOutcome:
    """state: pending, approved (with login), denied or expired."""

    state: str
    login: IdentityLogin | None = None


async def offer_qr_sign_in(ports: Ports, tenant: Tenant, device: Device) -> QrOffer:
    """Begin to wait. Unavailable: too many wait already."""
    now = ports.clock.now()
    if await QrSignIn.filter(expires_at__gt=now).count() >= ports.limits.qr_sign_ins_max:
        raise Unavailable("Too many devices wait to sign in; try again later.")
    offer = QrOffer(_random(16), _random(32))
    await QrSignIn.create(
        tenant=tenant,
        public_id=offer.public_id,
        secret_hash=digest_of(offer.secret),
        address=one_line(device.address, ADDRESS_LENGTH),
        user_agent=one_line(device.user_agent, USER_AGENT_LENGTH),
        expires_at=now + timedelta(seconds=ports.limits.qr_sign_in_ttl_s),
    )
    return offer


async def qr_outcome(
    ports: Ports, tenant: Tenant, public_id: str, secret: str, device: Device, wait_s: float = 0.0
) -> QrOutcome:
    """How it went, after at most wait_s seconds. An end is told once; then the request is gone.

    NotFound: there is none, or the secret is not its own.
    """
    await _waiting(tenant, public_id, secret)
    deadline = asyncio.get_running_loop().time() + wait_s
    while True:
        left_s = deadline - asyncio.get_running_loop().time()
        outcome = await _look(ports, tenant, public_id, secret, device, left_s)
        if outcome.state != QrState.PENDING or left_s <= 0:
            return outcome


async def qr_details(actor: Actor, tenant: Tenant, public_id: str) -> QrSignIn:
    """Who waits, for whom to decide. Forbidden: it waits for another tenant. NotFound."""
    await whole_person(actor, tenant)
    found = await QrSignIn.get_or_none(public_id=public_id)
    if found is None:
        raise NotFound("Nobody waits under this code.", id=public_id[:64])
    if found.tenant_id != tenant.id or tenant.id not in actor.memberships:
        raise Forbidden("This device waits for another tenant.")
    return found


async def answer_qr_sign_in(ports: Ports, actor: Actor, tenant: Tenant, public_id: str, *, approved: bool) -> QrState:
    """Let the waiting device in, as oneself, or not. InvalidInput: answered or expired already. NotFound, Forbidden."""
    found = await qr_details(actor, tenant, public_id)
    await whole_person_at_home(actor, tenant)
    if actor.read_only:
        raise Forbidden("This credential may only read.")
    state = QrState.APPROVED if approved else QrState.DENIED
    async with unit_of_work(ports) as unit:
        open_one = QrSignIn.filter(id=found.id, state=QrState.PENDING, expires_at__gt=ports.clock.now())
        if not await open_one.update(state=state, approver_id=actor.user_id):
            raise InvalidInput("This was answered already, or came too late.", field="id")
        await unit.audit(actor, f"user.qr_{state.value}", subject=str(actor.user_id), tenant_id=tenant.id)
    try:
        await ports.bus.publish(_topic(found), b"")
    except Unavailable:
        return state  # who waits looks again by itself
    return state


async def _look(ports: Ports, tenant: Tenant, public_id: str, secret: str, device: Device, wait_s: float) -> QrOutcome:
    """One look; when nothing has happened yet, wait to be woken (or a little, while there is no bus)."""
    found = await _waiting(tenant, public_id, secret)
    try:
        async with ports.bus.subscribe([_topic(found)]) as messages:
            outcome = await _state(ports, tenant, await _waiting(tenant, public_id, secret), device)
            if outcome.state != QrState.PENDING or wait_s <= 0:
                return outcome
            async with asyncio.timeout(min(wait_s, _left_s(ports, found))):
                await anext(aiter(messages))
    except (TimeoutError, StopAsyncIteration):
        pass
    except Unavailable:
        await asyncio.sleep(min(wait_s, LOOK_AGAIN_S))
    return await _state(ports, tenant, await _waiting(tenant, public_id, secret), device)


async def _state(ports: Ports, tenant: Tenant, found: QrSignIn, device: Device) -> QrOutcome:
    if found.state == QrState.PENDING:
        return await _expired(found) if _left_s(ports, found) <= 0 else QrOutcome(QrState.PENDING)
    async with unit_of_work(ports):
        if not await QrSignIn.filter(id=found.id).delete():
            raise _nobody()
        if found.state == QrState.DENIED or found.approver is None:
            return QrOutcome(QrState.DENIED)
        approver = found.approver
        member = await Membership.get_or_none(user_id=approver.id, tenant_id=tenant.id)
        if member is None or approver.disabled:
            return QrOutcome(QrState.DENIED)
        session = await open_identity_session(ports, approver, tenant.id, device, ports.clock.now())
    return QrOutcome(QrState.APPROVED, identity_login(ports, tenant, approver, member.role, f"{SESSION}:{session.id}"))


async def _expired(found: QrSignIn) -> QrOutcome:
    if not await QrSignIn.filter(id=found.id).delete():
        raise _nobody()
    return QrOutcome(EXPIRED)


async def _waiting(tenant: Tenant, public_id: str, secret: str) -> QrSignIn:
    found = await QrSignIn.get_or_none(public_id=public_id, tenant_id=tenant.id).select_related("approver")
    if found is None or not hmac.compare_digest(found.secret_hash, digest_of(secret)):
        raise _nobody()
    return found


def _left_s(ports: Ports, found: QrSignIn) -> float:
    return (found.expires_at - ports.clock.now()).total_seconds()


def _nobody() -> NotFound:
    return NotFound("Nobody waits under this code.")


def _topic(found: QrSignIn) -> str:
    return f"qr:{found.id}"


def _random(size_bytes: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size_bytes)).rstrip(b"=").decode()
