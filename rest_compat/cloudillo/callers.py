"""What verbs want to know about a request: the device it came from, and for whom an authenticator signs."""

from __future__ import annotations

from typing import Any

from domain.accounts.identity_login import Device
from domain.accounts.passkeys import RelyingParty
from domain.tenants.id_tags import API_LABEL, ascii_host
from rest_compat._kit import Call
from rest_compat.cloudillo.names import DOOR


def device_of(call: Call[Any]) -> Device:
    """As it says itself, and where it came from."""
    client = call.request.client
    return Device(DOOR, client.host if client else None, call.request.headers.get("user-agent"))


def party_of(call: Call[Any]) -> RelyingParty:
    """At a tenant's own host the id tag, with its pages and those of its API; elsewhere the host that was asked."""
    further = call.house.settings.passkey_origins
    by_host = call.request.scope["state"].get("tenant_id") is not None
    if by_host and call.tenant.id_tag is not None:
        host = ascii_host(call.tenant.id_tag)
        return RelyingParty(host, call.tenant.name, (f"https://{host}", f"https://{API_LABEL}.{host}", *further))
    url = call.request.url
    return RelyingParty(url.hostname or "localhost", call.tenant.name, (f"{url.scheme}://{url.netloc}", *further))
