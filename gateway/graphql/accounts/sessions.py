"""Sign in, stay signed in, sign out, and mind one's password."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

import strawberry

from domain.accounts.change_password import change_password
from domain.accounts.refresh import refresh
from domain.accounts.reset_password import reset_password
from domain.accounts.sessions import SignedIn
from domain.accounts.sign_in import sign_in
from domain.accounts.sign_out import sign_out
from domain.errors import InvalidInput
from domain.models.user import User
from gateway.graphql.accounts.types import SignedInType
from gateway.graphql.context import Context, Info
from gateway.graphql.cookies import Cookies
from gateway.graphql.fields import root

PASSWORD_COST = 100


class Shown(NamedTuple):
    """What a SignedIn is made from."""

    access_token: str | None
    access_expires_at: datetime
    refresh_token: str | None
    refresh_expires_at: datetime
    user: User


@strawberry.input(description="How to sign in.")
class SignInInput:
    login: str = strawberry.field(description="Username or e-mail.")
    password: str = strawberry.field(description="The password.")
    tenant: str | None = strawberry.field(
        default=None, description="Slug or id of the only tenant that the session shall reach; null: all of yours."
    )
    cookies: bool = strawberry.field(
        default=False,
        description="Keep the tokens in HttpOnly cookies instead of showing them; over HTTP only. Requests then need "
        "the header X-Gatehouse-CSRF.",
    )


@strawberry.type
class SessionMutations:
    @root(SignedInType | None, "Open a session. Needs no credential.", cost=PASSWORD_COST)
    async def sign_in(
        self, info: Info, input: Annotated[SignInInput, strawberry.argument(description="How to sign in.")]
    ) -> Shown:
        context = info.context
        jar = _jar(context) if input.cookies else None
        signed_in = await sign_in(
            context.ports, input.login, input.password, context.address, context.user_agent, input.tenant
        )
        return _shown(context, signed_in, jar)

    @root(
        SignedInType | None,
        "Trade a refresh token, once, for the next pair of tokens. A token that is used twice ends the session.",
    )
    async def refresh(
        self,
        info: Info,
        refresh_token: Annotated[
            str | None,
            strawberry.argument(description="The token; null: the one in the cookie, and cookies are set again."),
        ] = None,
    ) -> Shown:
        context = info.context
        jar = _jar(context) if refresh_token is None else None
        token = refresh_token if jar is None else jar.refresh_token
        return _shown(context, await refresh(context.ports, token or "", address=context.address), jar)

    @root(bool | None, "End the session you are signed in with, and its sockets. Cookies are removed.")
    async def sign_out(self, info: Info) -> bool:
        context = info.context
        await sign_out(context.ports, context.actor)
        context.house.identities.invalidate(context.actor.credential)
        if context.cookies is not None:
            context.cookies.forget()
        return True

    @root(bool | None, "Change your password. Your other sessions end.", cost=PASSWORD_COST)
    async def change_password(
        self,
        info: Info,
        current: Annotated[str, strawberry.argument(description="Your present password.")],
        new: Annotated[str, strawberry.argument(description="The new one, at least 8 characters.")],
    ) -> bool:
        user = await change_password(info.context.ports, info.context.actor, current, new)
        info.context.house.identities.invalidate_user(user.id)
        return True

    @root(
        bool | None,
        "Set a new password with a reset token. All of the user's sessions end. Needs no credential.",
        cost=PASSWORD_COST,
    )
    async def reset_password(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The reset token; it works once.")],
        new: Annotated[str, strawberry.argument(description="The new password, at least 8 characters.")],
    ) -> bool:
        user = await reset_password(info.context.ports, token, new, address=info.context.address)
        info.context.house.identities.invalidate_user(user.id)
        return True


def _jar(context: Context) -> Cookies:
    if context.cookies is None:
        raise InvalidInput("Cookies can only be set over HTTP.", field="cookies")
    return context.cookies


def _shown(context: Context, signed_in: SignedIn, jar: Cookies | None) -> Shown:
    """The tokens, or, when a jar keeps them, only when they end."""
    if jar is not None:
        jar.keep(signed_in, context.ports.clock.now())
    return Shown(
        access_token=None if jar else signed_in.access_token,
        access_expires_at=signed_in.access_expires_at,
        refresh_token=None if jar else signed_in.refresh_token,
        refresh_expires_at=signed_in.refresh_expires_at,
        user=signed_in.user,
    )
