"""Sign in to a tenant's identity, and get tokens of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Actor
from domain.accounts.credentials import SESSION, id_in, refused
from domain.accounts.identity_tokens import encode_identity_token
from domain.accounts.passwords import verify_password
from domain.accounts.sessions import ADDRESS_LENGTH, USER_AGENT_LENGTH, lives_until, one_line
from domain.accounts.sign_in import sign_in
from domain.accounts.throttle import keys_of_sign_in, refuse_throttled
from domain.errors import Forbidden
from domain.models.tenant import Membership, Tenant, TenantRole
from domain.models.user import Session, User
from domain.ports import Ports
from domain.tenants.id_tags import canonical_host

OWNERS_TRIED = 8
NOBODY = "\x00"
"""How a login starts that no user can have."""
LADDER = ("public", "follower", "supporter", "contributor", "moderator", "leader")
RUNG = {TenantRole.VIEWER: 3, TenantRole.OPERATOR: 4, TenantRole.ADMIN: 5, TenantRole.OWNER: 6}
SITE_ADMIN = "SADM"


@dataclass(frozen=True, slots=True)
class IdentityLogin:
    """Somebody in a tenant, with a token. roles: from the least to what they are there."""

    tenant: Tenant
    user: User
    token: str
    expires_at: datetime
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in from, as far as is known."""

    door: str
    address: str | None = None
    user_agent: str | None = None


async def sign_in_to_identity(
    ports: Ports, id_tag: str, password: str, device: Device, tenant_id: UUID | None = None
) -> IdentityLogin:
    """By the password of the tenant's owner. tenant_id: the only tenant that this may be about.

    Unauthenticated: wrong, whatever is; an unknown id tag costs the same work. RateLimited, as sign_in().
    """
    tag = canonical_host(id_tag)
    tenant = await Tenant.get_or_none(id_tag=tag) if tag else None
    if tenant is not None and tenant_id not in (None, tenant.id):
        tenant = None
    login = await _login_of(ports, tenant, password, device.address) if tenant else f"{NOBODY}{id_tag}"
    where = tenant.id if tenant else None
    signed_in = await sign_in(ports, login, password, device.address, device.user_agent, where, door=device.door)
    if tenant is None:
        raise refused("unknown")
    return identity_login(ports, tenant, signed_in.user, TenantRole.OWNER, f"{SESSION}:{signed_in.session.id}")


async def _login_of(ports: Ports, tenant: Tenant, password: str, address: str | None) -> str:
    """The owner whose password it is; when it is nobody's, the first one, in whose name the failure is counted."""
    rows = Membership.filter(tenant_id=tenant.id, role=TenantRole.OWNER).select_related("user")
    owners = [row.user for row in await rows.order_by("created_at", "id").limit(OWNERS_TRIED)]
    if not owners:
        return f"{NOBODY}{tenant.slug}"
    if len(owners) > 1:
        await refuse_throttled(ports, keys_of_sign_in(owners[0].email, address))
        for owner in owners:
            if await verify_password(owner.password_hash, password):
                return owner.email
    return owners[0].email


async def open_identity_session(
    ports: Ports, user: User, tenant_id: UUID | None, device: Device, now: datetime
) -> Session:
    """A session without a password: by a passkey, another device, or a token of elsewhere. Call inside a unit.

    tenant_id None: a guest's, who need not be a member where the token takes them.
    """
    if user.disabled:
        raise refused("revoked")
    return await Session.create(
        user=user,
        tenant_id=tenant_id,
        door=device.door,
        last_used_at=now,
        expires_at=lives_until(ports, now),
        address=one_line(device.address, ADDRESS_LENGTH),
        user_agent=one_line(device.user_agent, USER_AGENT_LENGTH),
    )


def identity_login(ports: Ports, tenant: Tenant, user: User, role: TenantRole | None, credential: str) -> IdentityLogin:
    """A new token of a credential. role: the person's in that tenant, None for a guest."""
    of_session = id_in(credential, SESSION) is not None
    roles = roles_of(role, is_admin=of_session and user.platform_role is not None and role is not None)
    token, expires_at = encode_identity_token(
        ports, issuer_of(tenant), credential, subject=_subject(tenant, user), roles=roles
    )
    return IdentityLogin(tenant, user, token, expires_at, roles)


async def renew_login(ports: Ports, actor: Actor, tenant: Tenant) -> IdentityLogin:
    """The next token of the credential that asks; its session is prolonged. Forbidden: it is narrowed to a scope, or
    stands for nobody."""
    user = await whole_person(actor, tenant)
    now, session_id = ports.clock.now(), id_in(actor.credential, SESSION)
    if session_id is not None:
        live = Session.filter(id=session_id, revoked_at__isnull=True)
        if not await live.update(last_used_at=now, expires_at=lives_until(ports, now)):
            raise refused("revoked")
    return identity_login(ports, tenant, user, actor.memberships.get(tenant.id), actor.credential)


async def whole_person(actor: Actor, tenant: Tenant) -> User:
    """Whose credential it is, when it is not narrowed. Forbidden otherwise, and for one of another tenant."""
    if actor.tenant_id != tenant.id and tenant.id not in actor.memberships:
        raise Forbidden("This credential is for another tenant.")
    if actor.user_id is None or actor.scopes is not None or actor.file_scope is not None:
        raise Forbidden("This credential is limited to a scope.")
    return await User.get(id=actor.user_id)


async def whole_person_at_home(actor: Actor, tenant: Tenant) -> User:
    """Whose credential it is, when a session of theirs could do no more. Forbidden otherwise: with a role of the
    platform that the credential leaves out."""
    user = await whole_person(actor, tenant)
    if user.platform_role is not actor.platform_role:
        raise Forbidden("This credential leaves out the role of the platform.")
    return user


def roles_of(role: TenantRole | None, *, is_admin: bool = False) -> tuple[str, ...]:
    """The ladder up to a role; a guest stands on its first step."""
    ladder = LADDER[: RUNG[TenantRole(role)] if role is not None else 1]
    return (*ladder, SITE_ADMIN) if is_admin else ladder


def issuer_of(tenant: Tenant) -> str:
    """Forbidden: the tenant is no identity."""
    if tenant.id_tag is None:
        raise Forbidden("This tenant has no id tag.")
    return tenant.id_tag


def _subject(tenant: Tenant, user: User) -> str | None:
    """None when the tenant is the person."""
    return user.id_tag if user.id_tag != tenant.id_tag else None
