"""Signing in, and what one gets for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.accounts.access_tokens import ScopedToken
from domain.accounts.identity_login import IdentityLogin
from domain.accounts.passkeys import Ceremony
from domain.accounts.qr_sign_in import QrOffer, QrOutcome
from domain.models.file import AccessLevel
from domain.models.sign_in import Passkey, QrSignIn
from domain.models.user import ApiKey
from rest_compat.cloudillo.schemas.moments import MomentIn, epoch_s, iso
from rest_compat.cloudillo.tn_id import tn_id

LEVEL_WORDS = {level: level.name.lower() for level in AccessLevel}


class LoginIn(Struct, kw_only=True, rename="camel"):
    """Who one is, and the proof."""

    id_tag: str
    password: str


class LoginOut(Struct, kw_only=True, rename="camel"):
    """Somebody who is signed in. profilePic: empty when there is none. roles: from the least upwards."""

    tn_id: int
    id_tag: str
    roles: list[str]
    token: str
    name: str
    profile_pic: str
    settings: list[list[Any]]

    @classmethod
    def of(cls, login: IdentityLogin) -> LoginOut:
        tenant = login.tenant
        return cls(
            tn_id=tn_id(tenant.id),
            id_tag=tenant.id_tag or tenant.slug,
            roles=list(login.roles),
            token=login.token,
            name=tenant.name,
            profile_pic=tenant.picture_file_id or "",
            settings=[],
        )


class QrOfferOut(Struct, kw_only=True, rename="camel"):
    """What a waiting device shows (sessionId) and keeps to itself (secret)."""

    session_id: str
    secret: str

    @classmethod
    def of(cls, offer: QrOffer) -> QrOfferOut:
        return cls(session_id=offer.public_id, secret=offer.secret)


class CeremonyOut(Struct, kw_only=True):
    """options: for the browser's navigator.credentials. token: to be brought back with the answer."""

    options: dict[str, Any]
    token: str

    @classmethod
    def of(cls, ceremony: Ceremony) -> CeremonyOut:
        return cls(options=ceremony.options, token=ceremony.token)


class LoginInitOut(Struct, kw_only=True, rename="camel", omit_defaults=False):
    """Signed in already, or the ways to do it. webAuthn: null when nobody has a passkey here."""

    status: Literal["authenticated", "unauthenticated"]
    login: LoginOut | UnsetType = UNSET
    qr_login: QrOfferOut | UnsetType = UNSET
    web_authn: CeremonyOut | UnsetType | None = UNSET


class LogoutIn(Struct, kw_only=True, rename="camel"):
    """apiKey: a key that shall end, too."""

    api_key: str | None = None


class PasswordIn(Struct, kw_only=True, rename="camel"):
    """The old one, as proof, and the new one."""

    current_password: str
    new_password: str


class AccessTokenIn(Struct, kw_only=True, rename="camel"):
    """What the token is made from, the first that is given: via with scope, token, refId, apiKey, the bearer's own."""

    via: Annotated[str | None, Meta(description="A file that holds the one in scope.")] = None
    scope: Annotated[str | None, Meta(description="file:{id}:R|C|W, apkg:publish, carddav:…, caldav:…")] = None
    token: Annotated[str | None, Meta(description="A proxy token made for this tenant.")] = None
    ref_id: Annotated[str | None, Meta(description="A link to a file.")] = None
    refresh: Annotated[bool, Meta(description="Take no use of the link.")] = False
    api_key: Annotated[str | None, Meta(description="A key of the form cl_….")] = None


class AccessTokenOut(Struct, kw_only=True, rename="camel"):
    """A token; of one for a file also which and how far. expiresAt: Unix seconds."""

    token: str
    expires_at: int
    scope: str | UnsetType = UNSET
    resource_id: str | UnsetType = UNSET
    access_level: str | UnsetType = UNSET
    params: str | UnsetType = UNSET

    @classmethod
    def of(cls, made: ScopedToken) -> AccessTokenOut:
        return cls(
            token=made.token,
            expires_at=epoch_s(made.expires_at),
            scope=made.scope or UNSET,
            resource_id=made.file_id or UNSET,
            access_level=UNSET if made.level is None else word_of(made.level),
            params=made.params or UNSET,
        )


def word_of(level: AccessLevel) -> str:
    """A token never gives more than write."""
    return LEVEL_WORDS[min(level, AccessLevel.WRITE)]


class ProxyTokenIn(Struct, kw_only=True, rename="camel"):
    """idTag: for whom; without one, for this tenant itself."""

    id_tag: str | None = None


class ProxyTokenOut(Struct, kw_only=True):
    """By which the tenant is known elsewhere."""

    token: str
    roles: list[str] | UnsetType = UNSET


class QrStatusIn(Struct, kw_only=True):
    """timeout: seconds to wait for an answer, at most 30."""

    timeout: Annotated[float, Meta(ge=0)] = 15.0


class QrStatusOut(Struct, kw_only=True):
    """pending, approved (with login), denied or expired."""

    status: str
    login: LoginOut | UnsetType = UNSET

    @classmethod
    def of(cls, outcome: QrOutcome) -> QrStatusOut:
        return cls(status=str(outcome.state), login=UNSET if outcome.login is None else LoginOut.of(outcome.login))


class QrDetailsOut(Struct, kw_only=True, rename="camel"):
    """Which device waits."""

    user_agent: str | UnsetType = UNSET
    ip_address: str | UnsetType = UNSET

    @classmethod
    def of(cls, row: QrSignIn) -> QrDetailsOut:
        return cls(user_agent=row.user_agent or UNSET, ip_address=row.address or UNSET)


class QrAnswerIn(Struct, kw_only=True):
    """Whether the waiting device may come in."""

    approved: bool


class StatusOut(Struct, kw_only=True):
    """What it is now."""

    status: str


class NewKeyIn(Struct, kw_only=True, rename="camel"):
    """A key for a program."""

    name: str | None = None
    scopes: list[str] | None = None
    expires_at: MomentIn | None = None


class ApiKeyOut(Struct, kw_only=True, rename="camel"):
    """A key as lists show it."""

    key_id: str
    key_prefix: str
    name: str | UnsetType = UNSET
    scopes: list[str] | UnsetType = UNSET
    created_at: str
    last_used_at: str | UnsetType = UNSET
    expires_at: str | UnsetType = UNSET

    @classmethod
    def of(cls, key: ApiKey) -> ApiKeyOut:
        return cls(
            key_id=str(key.id),
            key_prefix=key.prefix,
            name=key.name or UNSET,
            scopes=UNSET if key.scopes is None else key.scopes,
            created_at=iso(key.created_at),
            last_used_at=iso(key.last_used_at) if key.last_used_at else UNSET,
            expires_at=iso(key.expires_at) if key.expires_at else UNSET,
        )


class NewKeyOut(Struct, kw_only=True, rename="camel"):
    """plaintextKey: the key itself, never to be seen again."""

    api_key: ApiKeyOut
    plaintext_key: str


class PasskeyAnswerIn(Struct, kw_only=True):
    """What the authenticator said. response: as the browser gives it, in JSON."""

    token: str
    response: dict[str, Any]
    name: str | None = None


class PasskeyOut(Struct, kw_only=True, rename="camel"):
    """An authenticator that may sign in."""

    key_id: str
    credential_id: str
    name: str | UnsetType = UNSET
    created_at: str
    last_used_at: str | UnsetType = UNSET

    @classmethod
    def of(cls, row: Passkey) -> PasskeyOut:
        return cls(
            key_id=str(row.id),
            credential_id=row.credential_id,
            name=row.name or UNSET,
            created_at=iso(row.created_at),
            last_used_at=iso(row.last_used_at) if row.last_used_at else UNSET,
        )
