"""A tenant's keys for signing (ES384): made when first needed, sealed at rest, followed by a new one on demand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tortoise.expressions import Q

from domain.access import Actor, require
from domain.models.tenant_key import TenantKey
from domain.ports import Ports
from domain.tenants.owners import lock_tenant
from domain.tenants.queries import visible_tenant
from domain.unit import unit_of_work

NONCE_BYTES = 12
BELIEVED_AFTER = timedelta(days=7)
"""How long others may still believe what a retired key has signed."""


async def published_keys(ports: Ports, tenant_id: UUID) -> list[TenantKey]:
    """Those that may be believed now, the newest first."""
    valid = Q(expires_at__isnull=True) | Q(expires_at__gt=ports.clock.now())
    return await TenantKey.filter(valid, tenant_id=tenant_id).order_by("-created_at", "-id")


async def signing_key(ports: Ports, tenant_id: UUID) -> TenantKey:
    """The one to sign with; made when there is none yet."""
    found = await _current(tenant_id)
    if found is not None:
        return found
    async with unit_of_work(ports):
        await lock_tenant(tenant_id)
        return await _current(tenant_id) or await _make(ports, tenant_id)


async def rotate_signing_key(ports: Ports, actor: Actor, tenant_id: UUID | str) -> TenantKey:
    """A new key; the former one is believed for another week. Needs tenants:write there."""
    require(actor, "tenants:write")
    tenant = await visible_tenant(actor, tenant_id)
    require(actor, "tenants:write", tenant.id)
    now = ports.clock.now()
    async with unit_of_work(ports) as unit:
        await lock_tenant(tenant.id)
        await TenantKey.filter(tenant_id=tenant.id, retired_at__isnull=True).update(
            retired_at=now, expires_at=now + BELIEVED_AFTER
        )
        key = await _make(ports, tenant.id)
        await unit.audit(actor, "tenant.key_rotated", subject=str(tenant.id), tenant_id=tenant.id, key=key.key_id)
    return key


def private_key_of(ports: Ports, key: TenantKey) -> ec.EllipticCurvePrivateKey:
    """Unsealed, to sign with."""
    sealed = bytes(key.private_key)
    plain = _cipher(ports).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], key.id.bytes)
    loaded = serialization.load_der_private_key(plain, password=None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    return loaded


def public_key_of(key: TenantKey) -> ec.EllipticCurvePublicKey:
    """To verify with."""
    loaded = serialization.load_der_public_key(base64.b64decode(key.public_key))
    assert isinstance(loaded, ec.EllipticCurvePublicKey)
    return loaded


async def _current(tenant_id: UUID) -> TenantKey | None:
    return await TenantKey.filter(tenant_id=tenant_id, retired_at__isnull=True).order_by("-created_at", "-id").first()


async def _make(ports: Ports, tenant_id: UUID) -> TenantKey:
    private = ec.generate_private_key(ec.SECP384R1())
    spki = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = TenantKey(
        tenant_id=tenant_id,
        key_id=f"{ports.clock.now():%Y%m%d}{secrets.token_hex(4)}",
        public_key=base64.b64encode(spki).decode(),
    )
    plain = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    nonce = secrets.token_bytes(NONCE_BYTES)
    key.private_key = nonce + _cipher(ports).encrypt(nonce, plain, key.id.bytes)
    await key.save(force_create=True)
    return key


def _cipher(ports: Ports) -> AESGCM:
    return AESGCM(hmac.digest(ports.secret_key.encode(), b"tenant signing keys", hashlib.sha256))
