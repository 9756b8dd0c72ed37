"""The kinds of refs, and who makes which."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.errors import Forbidden, InvalidInput
from domain.models.user import PlatformRole

SHARE_FILE = "share.file"
ACCOUNT_KINDS = frozenset({"password", "welcome", "idp.activation"})
PLATFORM_KINDS = frozenset({"register", "profile.invite"})
KINDS = frozenset({SHARE_FILE}) | ACCOUNT_KINDS | PLATFORM_KINDS


def check_kind(kind: str) -> str:
    if kind not in KINDS:
        raise InvalidInput("There is no such kind of ref.", field="kind")
    return kind


def require_to_make(actor: Actor, tenant_id: UUID, kind: str) -> None:
    """For all but links to files: invitations are the platform's to give, those of accounts the tenant's.

    Forbidden otherwise, and for a credential for one file.
    """
    if actor.file_scope is not None:
        raise Forbidden("This credential is for one file.")
    if kind in ACCOUNT_KINDS:
        require(actor, "members:write", tenant_id)
    elif actor.platform_role not in tuple(PlatformRole):
        raise Forbidden("Only the platform invites.")
    else:
        require(actor, "users:write")
