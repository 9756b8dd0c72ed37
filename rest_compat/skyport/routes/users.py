"""Users."""

from __future__ import annotations

from domain.access import Actor
from domain.accounts.create_user import create_user as make_user
from domain.accounts.queries import find_user_by, list_users
from domain.accounts.queries import get_user as user_by_id
from domain.accounts.request_password_reset import request_password_reset
from domain.errors import NotFound
from domain.models.user import User
from domain.paging import PageRequest
from rest_compat._kit import Call
from rest_compat.skyport.errors import InvalidSearchType
from rest_compat.skyport.schemas.users import (
    CreatedUserOut,
    CreateUserIn,
    GetUserIn,
    PasswordOut,
    ResetPasswordIn,
    UserOut,
)

PAGE = 200


async def get_users(call: Call[None]) -> list[UserOut]:
    """GET /api/users: every user, oldest first."""
    users: list[UserOut] = []
    after: str | None = None
    while True:
        page = await list_users(call.actor, request=PageRequest(PAGE, after))
        users += [UserOut.of(user) for user in page.items]
        after = page.next_cursor
        if after is None:
            return users


async def get_user(call: Call[GetUserIn]) -> UserOut:
    """POST /api/getUser: one user, by email or username; letter case does not matter."""
    if call.body.type not in ("email", "username"):
        raise InvalidSearchType('Invalid search type. Use "email" or "username".')
    found = await find_user_by(call.actor, **{call.body.type: str(call.body.value)})
    if found is None:
        raise NotFound("There is no such user.")
    return UserOut.of(found)


async def create_user(call: Call[CreateUserIn]) -> CreatedUserOut:
    """POST /api/auth/create-user: a new user, with a tenant of their own for what is deployed in their name."""
    return CreatedUserOut.of(await make_user(call.ports, call.actor, call.body.to_spec()))


async def reset_password(call: Call[ResetPasswordIn]) -> PasswordOut:
    """POST /api/auth/reset-password: a one-time token for this user, good for an hour.

    It replaces earlier ones. It comes in the reply, as the original does where no mail is set up; handing it to the
    user is the caller's business.
    """
    return PasswordOut(password=await request_password_reset(call.ports, call.actor, call.body.email))


async def owner_of(actor: Actor, user_id: str) -> User:
    """The user of a userId: the id a client chose, else ours. NotFound."""
    return await find_user_by(actor, external_id=user_id) or await user_by_id(actor, user_id)
