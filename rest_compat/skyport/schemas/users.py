"""Users as Skyport shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from domain.accounts.create_user import UserSpec
from domain.models.user import PlatformRole, User
from rest_compat.skyport.schemas.numbers import Text

REDACTED = "[redacted]"


def user_id_of(user: User) -> str:
    """The id that the client chose, else ours."""
    return user.external_id or str(user.id)


class UserOut(Struct, kw_only=True, rename="camel"):
    """A user. password never holds the hash; reset and verification secrets are left out."""

    user_id: str
    username: str
    email: str
    password: Annotated[str, Meta(description="Always [redacted].")] = REDACTED
    access_to: Annotated[list[str], Meta(description="Always empty: Gatehouse shares by tenant, not by instance.")]
    admin: bool

    @classmethod
    def of(cls, user: User) -> UserOut:
        return cls(
            user_id=user_id_of(user),
            username=user.username,
            email=user.email,
            access_to=[],
            admin=user.platform_role is not None,
        )


class CreatedUserOut(Struct, kw_only=True, rename="camel"):
    """A user just made."""

    user_id: str
    username: str
    email: str
    admin: bool

    @classmethod
    def of(cls, user: User) -> CreatedUserOut:
        admin = user.platform_role is not None
        return cls(user_id=user_id_of(user), username=user.username, email=user.email, admin=admin)


class CreateUserIn(Struct, kw_only=True, rename="camel"):
    """A new user. userId: kept and found as given. admin: only a JSON true makes a platform admin."""

    username: Text
    email: str
    password: Text
    user_id: Text | None = None
    admin: Any = False

    def to_spec(self) -> UserSpec:
        return UserSpec(
            username=str(self.username),
            email=self.email,
            password=str(self.password),
            external_id=None if self.user_id in (None, "") else str(self.user_id),
            platform_role=PlatformRole.ADMIN if self.admin is True else None,
            min_password_length=1,
        )


class GetUserIn(Struct, kw_only=True):
    """Whom to find."""

    type: Annotated[str, Meta(description="email or username.")]
    value: Text


class ResetPasswordIn(Struct, kw_only=True):
    """Who forgot it."""

    email: str


class PasswordOut(Struct, kw_only=True):
    """password: a one-time token of 30 letters and digits with which the user sets a new password."""

    password: str


class UserInstancesIn(Struct, kw_only=True, rename="camel"):
    """Whose instances."""

    user_id: Text
