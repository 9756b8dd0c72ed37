"""Every endpoint that Cloudillo's sources name: its API reference (seed), and its server beyond that (contract 24)."""

from __future__ import annotations

from rest_compat._kit.coverage import Documented

SEED, SERVER = "API reference", "server"

REFERENCE = """
POST /api/auth/login
POST /api/auth/login-init
POST /api/auth/logout
POST /api/auth/password
GET /api/auth/login-token
GET /api/auth/access-token
GET /api/auth/proxy-token
POST /api/auth/qr-login/init
GET /api/auth/qr-login/{id}/status
GET /api/me
GET /.well-known/cloudillo/id-tag
PATCH /api/me
PUT /api/me/image
PUT /api/me/cover
GET /api/files
POST /api/files
POST /api/files/{preset}/{file_name}
GET /api/files/{id}
GET /api/files/{id}/descriptor
GET /api/files/{id}/metadata
PATCH /api/files/{id}
DELETE /api/files/{id}
POST /api/files/{id}/duplicate
POST /api/files/{id}/restore
PUT /api/files/{id}/tag/{tag}
DELETE /api/files/{id}/tag/{tag}
GET /api/files/variant/{variant_id}
GET /api/tags
DELETE /api/trash
GET /api/shares
GET /api/files/{id}/shares
POST /api/files/{id}/shares
DELETE /api/files/{id}/shares/{share_id}
GET /api/settings
GET /api/settings/{name}
PUT /api/settings/{name}
GET /api/refs
POST /api/refs
GET /api/refs/{ref_id}
DELETE /api/refs/{ref_id}
POST /api/profiles/register
POST /api/profiles/verify
GET /api/profiles
GET /api/profiles/{idTag}
PATCH /api/profiles/{idTag}
PUT /api/profiles/{idTag}
PATCH /api/admin/profiles/{idTag}
GET /api/actions
POST /api/actions
GET /api/actions/{actionId}
PATCH /api/actions/{actionId}
DELETE /api/actions/{actionId}
POST /api/actions/{actionId}/accept
POST /api/actions/{actionId}/reject
POST /api/actions/{actionId}/dismiss
POST /api/actions/{actionId}/publish
POST /api/actions/{actionId}/cancel
POST /api/actions/{actionId}/stat
POST /api/actions/{actionId}/reaction
POST /api/inbox
POST /api/inbox/sync
GET /api/apps
POST /api/apps/install
GET /api/apps/installed
DELETE /api/apps/@{publisher}/{name}
GET /api/admin/tenants
POST /api/admin/tenants/{idTag}/password-reset
POST /api/admin/email/test
GET /api/admin/proxy-sites
POST /api/admin/proxy-sites
PATCH /api/admin/proxy-sites/{siteId}
DELETE /api/admin/proxy-sites/{siteId}
POST /api/admin/proxy-sites/{siteId}/renew-cert
POST /api/admin/invite-community
GET /api/idp/identities
POST /api/idp/identities
GET /api/idp/identities/{idTag}
PATCH /api/idp/identities/{idTag}
PUT /api/idp/identities/{idTag}/address
DELETE /api/idp/identities/{idTag}
GET /api/idp/api-keys
POST /api/idp/api-keys
DELETE /api/idp/api-keys/{keyId}
"""

BEYOND = """
GET /api/auth/qr-login/{id}/details
POST /api/auth/qr-login/{id}/respond
GET /api/auth/api-keys
POST /api/auth/api-keys
DELETE /api/auth/api-keys/{id}
GET /api/auth/wa/reg
GET /api/auth/wa/reg-challenge
POST /api/auth/wa/reg
DELETE /api/auth/wa/reg/{id}
GET /api/auth/wa/login-challenge
POST /api/auth/wa/login
PATCH /api/files/{id}/user
PATCH /api/files/{id}/shares/{share_id}
PATCH /api/refs/{ref_id}
DELETE /api/settings/{name}
"""

LATER = ("/api/profiles", "/api/admin", "/api/actions", "/api/inbox", "/api/apps", "/api/idp")
"""Where the social layer, federation and administration begin, which are not built yet."""


def _rows(text: str, source: str) -> tuple[Documented, ...]:
    lines = [line.split() for line in text.splitlines() if line]
    return tuple(Documented(method, path, source) for method, path in lines)


DOCUMENTED = (*_rows(REFERENCE, SEED), *_rows(BEYOND, SERVER))
