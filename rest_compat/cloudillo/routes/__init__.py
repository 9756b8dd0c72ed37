"""Cloudillo's endpoints, as one table. Source: the API reference, the clients' decoders, and the server where they
leave something open."""

from __future__ import annotations

from domain.errors import Forbidden, InvalidInput, NotFound, RateLimited, TooLarge, Unauthenticated
from rest_compat._kit import Dialect
from rest_compat._kit.faults import KeyReused, UnreadableBody
from rest_compat.cloudillo.auth import SECURITY, authenticate, settle
from rest_compat.cloudillo.errors import ERRORS, error_body
from rest_compat.cloudillo.headers import ALWAYS, headers_for
from rest_compat.cloudillo.limits import COUNTED, rate_for, rate_headers
from rest_compat.cloudillo.names import DOOR
from rest_compat.cloudillo.routes import (
    api_keys,
    auth,
    content,
    files,
    me,
    passkeys,
    qr_login,
    refs,
    settings,
    shares,
    tags,
    trash,
)
from rest_compat.cloudillo.schemas.envelope import ErrorOut, envelope

ROOMS = (api_keys, auth, content, files, me, passkeys, qr_login, refs, settings, shares, tags, trash)
"""Every room's module has its ENDPOINTS."""

DIALECT = Dialect(
    name=DOOR,
    title="Cloudillo API",
    version="0.8.18",
    description=(
        "Identities, files and documents in the words of Cloudillo, over Gatehouse's domain. "
        "Bodies are JSON objects; unknown fields are ignored. Optional values are absent, never null.\n\n"
        "The tenant is that of the host name cl-o.<idTag>, else the credential's, else the default one."
    ),
    authenticate=authenticate,
    endpoints=tuple(endpoint for room in ROOMS for endpoint in room.ENDPOINTS),
    errors=ERRORS,
    error_body=error_body,
    error_shape=ErrorOut,
    security=SECURITY,
    faults=(
        InvalidInput,
        UnreadableBody,
        Unauthenticated,
        Forbidden,
        NotFound,
        KeyReused,
        TooLarge,
        RateLimited,
    ),
    counted=COUNTED,
    rate_headers=rate_headers,
    headers=ALWAYS,
    settle=settle,
    envelope=envelope,
    headers_for=headers_for,
    preflight=True,
    rate_for=rate_for,
    lists=True,
    key_field="idempotencyKey",
)
