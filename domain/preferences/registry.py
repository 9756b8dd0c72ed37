"""Every preference there is: its default, whose it is, who may set it, and what kind of value it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.errors import NotFound


class Scope(StrEnum):
    """SYSTEM: fixed when the process starts. PLATFORM: one value for all tenants. TENANT: each may have its own."""

    SYSTEM = "system"
    PLATFORM = "platform"
    TENANT = "tenant"


class Setter(StrEnum):
    """NOBODY; the platform's ADMIN; USER: who leads the tenant, and the platform."""

    NOBODY = "nobody"
    ADMIN = "admin"
    USER = "user"


class ValueKind(StrEnum):
    BOOL = "bool"
    INT = "int"
    TEXT = "text"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class PreferenceKind:
    """key: a name, or one that ends in .* for all below it. minimum, choices: of values. secret: shown to who may set
    it, and nobody else."""

    key: str
    default: Any
    scope: Scope
    setter: Setter
    description: str
    value: ValueKind
    minimum: int = 0
    choices: tuple[str, ...] = ()
    secret: bool = False


class UnknownPreference(NotFound):
    """No preference has this name."""


KEY_LENGTH = 128


def preference_kind(key: str) -> PreferenceKind:
    """What is known of a preference. UnknownPreference."""
    kind = PREFERENCES.get(key)
    if kind is not None:
        return kind
    family, _, rest = key.partition(".")
    wildcard = WILDCARDS.get(f"{family}.*")
    is_name = rest.replace(".", "").replace("_", "").replace("-", "").isalnum() and len(key) <= KEY_LENGTH
    if wildcard is None or not is_name:
        raise UnknownPreference("There is no such setting.", key=key[:KEY_LENGTH])
    return wildcard


def _kind_of(default: Any) -> ValueKind:
    if isinstance(default, bool):
        return ValueKind.BOOL
    return ValueKind.INT if isinstance(default, int) else ValueKind.TEXT


def _one(key: str, default: Any, scope: Scope, setter: Setter, description: str, **more: Any) -> PreferenceKind:
    return PreferenceKind(key, default, scope, setter, description, _kind_of(default), **more)


def _tenant_admin(key: str, default: Any, description: str, **more: Any) -> PreferenceKind:
    return _one(key, default, Scope.TENANT, Setter.ADMIN, description, **more)


def _tenant(key: str, default: Any, description: str, **more: Any) -> PreferenceKind:
    return _one(key, default, Scope.TENANT, Setter.USER, description, **more)


def _platform(key: str, default: Any, description: str, **more: Any) -> PreferenceKind:
    return _one(key, default, Scope.PLATFORM, Setter.ADMIN, description, **more)


_QUALITIES = ("tn", "sd", "md", "hd", "xd")
_FORMATS = ("webp", "avif", "jpeg", "png")
_EVENTS = {
    "message": "a message",
    "connection": "a request to connect",
    "file_share": "a shared file",
    "comment": "a comment",
    "mention": "a mention",
    "follow": "a new follower",
    "reaction": "a reaction",
    "post": "a post of somebody followed",
}
_QUIET = frozenset({"follow", "reaction", "post"})


def _notifications(way: str, said: str, enabled: bool) -> list[PreferenceKind]:
    top = _tenant(f"notify.{way}", enabled, f"Whether anything is told by {said}.")
    return [top] + [
        _tenant(f"notify.{way}.{name}", name not in _QUIET, f"Tell of {what} by {said}.")
        for name, what in _EVENTS.items()
    ]


_ALL = (
    _tenant_admin("federation.auto_accept_followers", False, "Followers need no approval."),
    _tenant_admin("federation.history_sync.since_days", 30, "How many days back a new connection is read."),
    _tenant_admin("federation.history_sync.limit", 10, "How many posts of a new connection are read."),
    _tenant_admin("auth.session_timeout", 86_400, "How long a session lasts, in seconds.", minimum=60),
    _platform("server.registration_enabled", True, "Whether newcomers may register."),
    _platform("email.enabled", False, "Whether mail is sent."),
    _platform("email.smtp.host", "", "The mail server."),
    _platform("email.smtp.port", 587, "The mail server's port.", minimum=1),
    _platform("email.smtp.username", "", "Who signs in to the mail server."),
    _platform("email.smtp.password", "", "With what password.", secret=True),
    _platform("email.smtp.tls_mode", "starttls", "none, starttls or tls.", choices=("none", "starttls", "tls")),
    _platform("email.smtp.timeout_seconds", 30, "How long the mail server may take, in seconds.", minimum=1),
    _platform("email.from.address", "", "The sender's address."),
    _platform("email.from.name", "Cloudillo", "The sender's name."),
    _platform("email.retry_attempts", 3, "How often an undelivered mail is tried again."),
    _platform("email.throttle_hours", 24, "How long the same mail is not sent again, in hours."),
    _one("email.template_dir", "", Scope.SYSTEM, Setter.NOBODY, "Where the templates of mails lie."),
    _platform("file.max_file_size_mb", 100, "The largest upload, in MiB.", minimum=1),
    _platform("file.max_streaming_file_size_mb", 100, "The largest upload that is streamed, in MiB.", minimum=1),
    _platform("file.max_generate_variant", "hd", "The best rendition that is made.", choices=_QUALITIES),
    _platform("file.max_cache_variant", "md", "The best rendition of others' files that is kept.", choices=_QUALITIES),
    _platform("file.thumbnail_format", "webp", "The format of thumbnails.", choices=_FORMATS),
    _platform("file.image_format", "webp", "The format of image renditions.", choices=_FORMATS),
    _platform("file.shared_blob_store_enabled", True, "Whether equal content of several tenants is kept once."),
    _platform("file.gc_cron", "", "When unused content is looked for, as a cron line."),
    _tenant("file.sync_max_vis", "md", "The best rendition of images that is fetched from others."),
    _tenant("file.sync_max_vid", "sd", "The best rendition of videos that is fetched from others."),
    _tenant("file.sync_max_aud", "md", "The best rendition of sound that is fetched from others."),
    _tenant_admin("limits.max_storage_gb", 100, "How much the tenant's files may take, in GiB."),
    _tenant_admin("idp.enabled", False, "Whether the tenant gives out identities."),
    _tenant_admin("idp.renewal_interval", 365, "How long an identity lasts, in days.", minimum=1),
    _tenant_admin("idp.name", "", "The provider's name."),
    _tenant_admin("idp.info", "", "What the provider says of itself."),
    _tenant_admin("idp.url", "", "The provider's page."),
    _platform("idp.list", "", "The identity providers that are offered."),
    _tenant("profile.lang", None, "The language."),
    _tenant("profile.default_visibility", "F", "Who sees new posts.", choices=tuple("DPV2FC")),
    _tenant("profile.visibility_cap", "P", "The widest visibility of posts.", choices=tuple("DPV2FC")),
    _tenant("profile.allow_followers", True, "Whether others may follow."),
    _tenant("profile.connection_mode", "M", "How requests to connect are answered."),
    _tenant("profile.auto_approve_actions", False, "Whether actions of others need no approval."),
    *_notifications("push", "push", enabled=True),
    *_notifications("email", "mail", enabled=False),
    _tenant("search.store_text", True, "Whether texts are kept for the search."),
)
PREFERENCES = {kind.key: kind for kind in _ALL}
WILDCARDS = {
    key: PreferenceKind(key, None, Scope.TENANT, Setter.USER, description, ValueKind.ANY)
    for key, description in {"ui.*": "The interface's own.", "app.*": "An app's own."}.items()
}
