"""Ways to sign in without a password: another device that is signed in already (QR), and passkeys."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from tortoise import fields

from domain.models.fields import Row
from domain.models.tenant import Tenant
from domain.models.user import User


class QrState(StrEnum):
    """How far a request to sign in by another device has come."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


class QrSignIn(Row):
    """A device waits for another to let it in. public_id: what the code shows; secret_hash: of the text that may ask
    how it went. approver: who answered, in whose name the device signs in. The row goes when the end was told."""

    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="qr_sign_ins")
    tenant_id: UUID
    public_id = fields.CharField(max_length=32, unique=True)
    secret_hash = fields.CharField(max_length=64)
    state = fields.CharEnumField(QrState, max_length=10, default=QrState.PENDING)
    approver: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="qr_approvals", null=True
    )
    approver_id: UUID | None
    address = fields.CharField(max_length=64, null=True)
    user_agent = fields.CharField(max_length=256, null=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "qr_sign_in"
        indexes = (("expires_at",), ("tenant_id",), ("approver_id",))


class Passkey(Row):
    """An authenticator's public key, for one person at one tenant. credential_id: base64url, the authenticator's own.
    sign_count: as last seen; one that goes back means a copy."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", related_name="passkeys")
    user_id: UUID
    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="passkeys")
    tenant_id: UUID
    credential_id = fields.CharField(max_length=512, unique=True)
    public_key = fields.BinaryField()
    sign_count = fields.BigIntField(default=0)
    name = fields.CharField(max_length=100, default="")
    transports: list[str] | None = fields.JSONField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "passkey"
        indexes = (("user_id",), ("tenant_id",))


class PasskeyChallenge(Row):
    """What an authenticator must sign, once. token_hash: of the text that the client brings back. user: who adds a
    passkey; None when somebody signs in."""

    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="challenges")
    tenant_id: UUID
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="challenges", null=True
    )
    user_id: UUID | None
    token_hash = fields.CharField(max_length=64, unique=True)
    challenge = fields.BinaryField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "passkey_challenge"
        indexes = (("expires_at",), ("tenant_id",), ("user_id",))
