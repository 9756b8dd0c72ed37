"""Rights over accounts that no scope can say: being that person, and standing above them."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.errors import Forbidden
from domain.models.user import PlatformRole, User


def require_oneself(actor: Actor) -> UUID:
    """The person who acts, with a credential that stands for all of them. Their id.

    Forbidden: the platform itself, a read-only credential, one that is narrowed to scopes.
    """
    if actor.user_id is None:
        raise Forbidden("The platform itself has no account.")
    if actor.read_only:
        raise Forbidden("This credential may only read.")
    if actor.scopes is not None:
        raise Forbidden("This credential is limited to scopes and cannot change the account.")
    return actor.user_id


def require_over(actor: Actor, user: User) -> None:
    """Users are the platform's to change (users:write), its owners only by owners (platform:own)."""
    require(actor, "users:write")
    if user.platform_role is PlatformRole.OWNER:
        require(actor, "platform:own")
