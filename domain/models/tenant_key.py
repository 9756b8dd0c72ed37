"""Keys with which a tenant signs what it says to others."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields

from domain.models.fields import Row
from domain.models.tenant import Tenant


class TenantKey(Row):
    """An ES384 key pair. public_key: its SubjectPublicKeyInfo in base64; private_key: PKCS#8, sealed under a key made
    from the platform's secret. retired_at: it signs no more; until expires_at what it signed is still believed."""

    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="signing_keys")
    tenant_id: UUID
    key_id = fields.CharField(max_length=32)
    public_key = fields.TextField()
    private_key = fields.BinaryField()
    retired_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "tenant_key"
        unique_together = (("tenant", "key_id"),)
