"""People: their accounts, sessions and keys. Secrets are stored as hashes only."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from domain.models.fields import Row
from domain.models.tenant import Membership, Tenant


class PlatformRole(StrEnum):
    """Rights over the platform itself: nodes, catalogue, all users and tenants."""

    OWNER = "owner"
    ADMIN = "admin"


class User(Row):
    """One person. external_id: the id a foreign client chose for them. email, username: as given; the *_key columns
    hold them casefolded and are what is unique. password_hash: argon2id, or bcrypt as imported until next sign-in.
    id_tag: that of the tenant which is this person; None while there is none."""

    username = fields.CharField(max_length=64)
    username_key = fields.CharField(max_length=64, unique=True)
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=254, unique=True)
    external_id = fields.CharField(max_length=128, null=True, unique=True)
    password_hash = fields.CharField(max_length=256, null=True)
    password_changed_at = fields.DatetimeField(null=True)
    platform_role = fields.CharEnumField(PlatformRole, max_length=16, null=True)
    disabled = fields.BooleanField(default=False, db_default=False)
    id_tag = fields.CharField(max_length=64, null=True, unique=True)

    memberships: fields.ReverseRelation[Membership]

    class Meta:
        table = "app_user"
        indexes = (("created_at", "id"), ("username_key", "id"), ("platform_role",))


class Session(Row):
    """One sign-in of one person; its refresh tokens rotate. A revoked session's access tokens end with it.
    tenant: the only one this session may act in; None for all of the user's. door: where it was opened."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="sessions")
    user_id: UUID
    tenant: fields.ForeignKeyNullableRelation[Tenant] = fields.ForeignKeyField(
        "models.Tenant", related_name="sessions", null=True
    )
    tenant_id: UUID | None
    door = fields.CharField(max_length=24, default="graphql", db_default="graphql")
    last_used_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_reason = fields.CharField(max_length=32, null=True)
    address = fields.CharField(max_length=64, null=True)
    user_agent = fields.CharField(max_length=256, null=True)

    class Meta:
        table = "session"
        indexes = (("user_id", "id"), ("tenant_id",), ("expires_at",))


class RefreshToken(Row):
    """One link of a session's chain. A token seen twice means it was stolen: the whole session ends."""

    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField("models.Session", related_name="tokens")
    session_id: UUID
    token_hash = fields.CharField(max_length=64, unique=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "refresh_token"
        indexes = (("session_id",),)


class PasswordReset(Row):
    """A one-time right to set a new password."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="resets")
    user_id: UUID
    token_hash = fields.CharField(max_length=64, unique=True)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "password_reset"
        indexes = (("user_id",), ("expires_at",))


class ApiKey(Row):
    """A long-lived credential of one door. prefix: the readable start of the key, shown in lists. scopes None: all that
    the user's role allows. tenant None: every tenant of the user (platform-wide for a platform role).
    flavour: which of a dialect's variants this client speaks."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="api_keys")
    user_id: UUID
    tenant: fields.ForeignKeyNullableRelation[Tenant] = fields.ForeignKeyField(
        "models.Tenant", related_name="api_keys", null=True
    )
    tenant_id: UUID | None
    door = fields.CharField(max_length=24)
    name = fields.CharField(max_length=100, default="")
    prefix = fields.CharField(max_length=24)
    key_hash = fields.CharField(max_length=64, unique=True)
    scopes: list[str] | None = fields.JSONField(null=True)
    read_only = fields.BooleanField(default=False, db_default=False)
    flavour = fields.CharField(max_length=24, null=True)
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"
        indexes = (("user_id", "id"), ("tenant_id", "id"), ("door", "id"))


class IdempotencyRecord(Row):
    """One request under an Idempotency-Key. state: started (nothing written yet), applied (its change is committed),
    answered (its reply is kept). A crash between applied and answered leaves the truth visible."""

    credential = fields.CharField(max_length=64)
    door = fields.CharField(max_length=24)
    key = fields.CharField(max_length=255)
    fingerprint = fields.CharField(max_length=64)
    state = fields.CharField(max_length=10, default="started")
    status = fields.IntField(null=True)
    headers: dict[str, Any] | None = fields.JSONField(null=True)
    body = fields.BinaryField(null=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_record"
        unique_together = (("credential", "door", "key"),)
        indexes = (("expires_at",),)
