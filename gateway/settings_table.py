"""Every setting as a row: what `gatehouse settings` shows and SETTINGS.md says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr

from domain.limits import Rate
from gateway.settings import Settings, fields_of, variable

MASK = "********"
LIMITS_SAID = {
    "min_memory_bytes": "Least memory an instance may have.",
    "lowest_host_port": "Lowest host port that a tenant may publish; the platform may publish any.",
    "cpu_overcommit": "How many times placement promises a node's cores; memory is promised once.",
    "max_memory_bytes": "Most memory an instance may have.",
    "max_cpu_millis": "Most processor an instance may have, in thousandths of a core.",
    "max_name_length": "Characters in an instance's name.",
    "max_ports_per_instance": "Published ports of one instance.",
    "max_env_entries": "Environment variables of one instance.",
    "max_env_bytes": "All of an instance's environment together.",
    "page_size_default": "Rows on a page when the client does not say.",
    "page_size_max": "Rows on a page at most.",
    "access_token_ttl_s": "Life of an access token.",
    "identity_token_ttl_s": "How long a token of a tenant's identity is valid, in seconds.",
    "qr_sign_in_ttl_s": "How long a device waits to be let in by another one, in seconds.",
    "qr_sign_ins_max": "How many devices may wait at the same time.",
    "refresh_token_ttl_s": "Life of a refresh token.",
    "sign_in_failures": "Failed sign-ins of one account or address before it has to wait.",
    "event_retention_s": "How long events can be resumed from.",
    "operation_retention_s": "How long ended operations are kept.",
    "idempotency_ttl_s": "How long an Idempotency-Key is remembered.",
    "operation_lease_s": "Without a sign of life for so long, an operation is taken over by another worker.",
    "command_timeout_s": "How long a command inside an instance may run when the client does not say.",
    "command_output_bytes": "How much of a command's output is kept.",
    "stop_grace_s": "How long an instance may take to stop before it is killed.",
    "credential_cache_s": "How long it is remembered who a credential is, should the news of a change be lost.",
    "request_body_bytes": "The longest body of a REST request.",
    "picture_body_bytes": "The largest picture or cover of a tenant.",
    "image_pixels": "Images with more pixels than this are refused where variants would be made of them.",
    "image_bytes": "Of larger images no variants are made.",
    "channel_message_bytes": "The longest message that may be published in a channel of the bus.",
    "channels_per_socket": "Channels that one socket of the bus may listen to.",
    "channel_presence_bytes": "The longest state that somebody present in a channel may show.",
    "channel_history_max": "The most messages that a channel may be told to keep.",
    "channel_history_age_max_s": "The longest time for which a channel may be told to keep them.",
    "channel_rules_per_tenant": "Rules of channels that a tenant may have.",
    "channel_logs_per_tenant": "Channels that remember, of one tenant.",
    "max_document_bytes": "Largest CRDT document, whole.",
    "max_document_versions": "Named versions of one CRDT document.",
}
"""What the fields of domain.limits.Limits mean; a test holds it total."""


HEAD = """# Settings

Made by `gatehouse settings --markdown > SETTINGS.md`; a test holds it true.

Sources, strongest first: options of the command line, `GATEHOUSE_*` variables, the file `.env` here, the file
`gatehouse.toml` here (or the one that `GATEHOUSE_CONFIG` names), the default. In TOML the names are small and nested:
`GATEHOUSE_LIMITS__PAGE_SIZE_MAX=100` is `[limits]` with `page_size_max = 100`. Lists may be written with commas. A name
that does not exist, or a value that cannot be, ends the start with one line that names the variable.
`gatehouse settings` shows the values in use.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting. default, value: as text; secrets are masked."""

    variable: str
    kind: str
    default: str
    value: str
    about: str


def rows(settings: Settings | None = None) -> list[Row]:
    """All settings in order; values are the defaults when none are given."""
    defaults = Settings.model_construct()
    return list(_rows(defaults, settings or defaults, (), ""))


def _rows(default: Any, value: Any, path: tuple[str, ...], about: str) -> Iterator[Row]:
    inner = fields_of(type(default))
    if inner is None:
        return
    for name, kind in inner.items():
        said = _about(default, name) or about
        here, there = getattr(default, name), getattr(value, name)
        if fields_of(type(here)) is not None:
            yield from _rows(here, there, (*path, name), said)
        else:
            yield Row(variable((*path, name)), _kind(kind), _text(here), _text(there), said)


def _about(owner: Any, name: str) -> str:
    if isinstance(owner, BaseModel):
        return type(owner).model_fields[name].description or ""
    if isinstance(owner, Rate):
        return ""
    return LIMITS_SAID[name]


def _kind(kind: Any) -> str:
    """A type in the words of whoever sets it."""
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if isinstance(kind, UnionType):
        return _kind(next(part for part in get_args(kind) if part is not type(None)))
    if get_origin(kind) is tuple:
        return "list"
    if get_origin(kind) is dict:
        return "name=value"
    return {bool: "true | false", int: "whole number", float: "number", Path: "path"}.get(kind, "text")


def _text(value: Any) -> str:
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, dict):
        return ",".join(f"{name}={inner}" for name, inner in value.items())
    return _without_password(str(value))


def _without_password(text: str) -> str:
    if "://" not in text or "@" not in text:
        return text
    parts = urlsplit(text)
    user, _, host = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{name}:{MASK}@{host}" if ":" in user else parts.netloc))


def markdown() -> str:
    """The text of SETTINGS.md."""
    lines = [HEAD, "| variable | values | default | meaning |", "|---|---|---|---|"]
    for row in rows():
        default = f"`{row.default}`" if row.default else "–"
        lines.append(f"| `{row.variable}` | {row.kind.replace('|', 'or')} | {default} | {row.about} |")
    return "\n".join(lines) + "\n"
