"""Create a user, with a tenant to work in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor, require
from domain.accounts.naming import clean_email, clean_external_id, clean_username, key_of
from domain.accounts.passwords import MIN_LENGTH, check_imported_hash, check_password, hash_password
from domain.errors import Conflict, InvalidInput
from domain.events import member_changed, user_changed
from domain.models.tenant import Membership, TenantRole
from domain.models.user import PlatformRole, User
from domain.ports import Ports
from domain.tenants.create_tenant import ATTEMPTS, found_tenant
from domain.tenants.queries import visible_tenant
from domain.unit import Unit, unit_of_work


@dataclass(frozen=True, slots=True)
class UserSpec:
    """password None and password_hash None: the user cannot sign in until one is set. password_hash: imported bcrypt.

    external_id: a foreign client's own id. tenant_id: joins it as tenant_role; None: a tenant of their own is founded.
    min_password_length: 8; doors of foreign contracts that know no such rule pass 1.
    """

    username: str
    email: str
    password: str | None = None
    password_hash: str | None = None
    external_id: str | None = None
    platform_role: PlatformRole | None = None
    tenant_id: UUID | str | None = None
    tenant_role: TenantRole = TenantRole.VIEWER
    min_password_length: int = MIN_LENGTH


async def create_user(ports: Ports, actor: Actor, spec: UserSpec) -> User:
    """Needs users:write; making owners and admins of the platform needs platform:own.

    InvalidInput: a field. Conflict: username, email or external_id is taken (details.field). NotFound: the tenant.
    """
    require(actor, "users:write")
    if spec.platform_role is not None:
        require(actor, "platform:own")
    user = _row(spec)
    tenant_id = None if spec.tenant_id is None else (await visible_tenant(actor, spec.tenant_id)).id
    await _refuse_taken(user)
    user.password_hash = await _password_hash(spec)
    user.password_changed_at = ports.clock.now() if user.password_hash else None
    for _ in range(ATTEMPTS):
        with suppress(IntegrityError):  # a name was taken meanwhile: look which
            async with unit_of_work(ports) as unit:
                return await _write(unit, actor, user, tenant_id, spec.tenant_role)
        await _refuse_taken(user)
    raise Conflict("There is such a user already.")


def _row(spec: UserSpec) -> User:
    email = clean_email(spec.email)
    username = clean_username(spec.username, email)
    if spec.password is not None and spec.password_hash is not None:
        raise InvalidInput("Give a password or its hash, not both.", field="password_hash")
    if spec.password is not None:
        check_password(spec.password, spec.min_password_length)
    if spec.password_hash is not None:
        check_imported_hash(spec.password_hash)
    return User(
        username=username,
        username_key=key_of(username),
        email=email,
        email_key=key_of(email),
        external_id=clean_external_id(spec.external_id),
        platform_role=spec.platform_role,
    )


async def _password_hash(spec: UserSpec) -> str | None:
    return spec.password_hash if spec.password is None else await hash_password(spec.password)


async def _refuse_taken(user: User) -> None:
    columns = {"username": "username_key", "email": "email_key", "external_id": "external_id"}
    for field, column in columns.items():
        value = getattr(user, column)
        if value is not None and await User.exists(**{column: value}):
            raise Conflict(f"There is a user of this {field} already.", field=field)


async def _write(unit: Unit, actor: Actor, user: User, tenant_id: UUID | None, role: TenantRole) -> User:
    await user.save(force_create=True)
    if tenant_id is None:
        tenant_id = (await found_tenant(unit, actor, user.username, None, user.id)).id
    else:
        await Membership.create(tenant_id=tenant_id, user_id=user.id, role=role)
        unit.emit(member_changed(tenant_id, user.id, role.value))
    unit.emit(user_changed(user))
    platform_role = user.platform_role.value if user.platform_role else None
    subject = str(user.id)
    await unit.audit(actor, "user.created", subject=subject, tenant_id=tenant_id, platform_role=platform_role)
    return user
