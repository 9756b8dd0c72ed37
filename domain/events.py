"""What happened: past tense, a topic (noun:id) and a payload that says what is true now, without secrets.

A payload is complete for its noun, so that whoever listens needs no query to show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.models.channel import ChannelRule
from domain.models.document import DocumentVersion
from domain.models.file import File, Share
from domain.models.image import Image
from domain.models.instance import Instance
from domain.models.node import Node
from domain.models.operation import Operation
from domain.models.tenant import Tenant
from domain.models.user import User


@dataclass(frozen=True, slots=True)
class Event:
    """name: past tense. topic: noun:id. tenant_id: who may see it besides the platform; None: only the platform."""

    name: str
    topic: str
    payload: dict[str, Any]
    tenant_id: UUID | None = None

    @property
    def noun(self) -> str:
        return self.topic.partition(":")[0]


INSTANCE_COLUMNS = (
    "id", "short_id", "tenant_id", "owner_id", "node_id", "image_id", "image_ref", "name", "slug", "state",
    "state_reason", "revision", "suspended", "suspended_reason", "memory_bytes", "cpu_millis", "disk_bytes",
    "primary_port", "runtime_id", "created_at", "updated_at", "started_at", "deleted_at",
)  # fmt: skip
OPERATION_COLUMNS = (
    "id", "kind", "tenant_id", "instance_id", "state", "progress", "progress_text", "result", "error", "attempts",
    "cancel_requested", "created_at", "started_at", "ended_at", "revision",
)  # fmt: skip
NODE_COLUMNS = (
    "id", "name", "driver", "region", "state", "state_reason", "capabilities", "engine_version", "memory_bytes",
    "cpu_millis", "disk_free_bytes", "public_host", "last_seen_at", "created_at",
)  # fmt: skip
IMAGE_COLUMNS = (
    "id",
    "tenant_id",
    "name",
    "ref",
    "description",
    "drivers",
    "process_runnable",
    "primary_port",
    "created_at",
)
TENANT_COLUMNS = (
    "id",
    "slug",
    "name",
    "kind",
    "id_tag",
    "picture_file_id",
    "cover_file_id",
    "extra",
    "created_at",
)
FILE_COLUMNS = (
    "id", "public_id", "temp_id", "tenant_id", "kind", "name", "content_type", "parent_id", "root_id", "place",
    "creator_id", "creator_tag", "visibility", "state", "hidden", "preset", "size_bytes", "width", "height",
    "descriptor", "created_at", "modified_at", "revision",
)  # fmt: skip
CHANNEL_RULE_COLUMNS = (
    "id", "tenant_id", "pattern", "subscribe_role", "publish_role", "presence_role", "history_role", "has_presence",
    "history_count", "history_age_s", "created_at",
)  # fmt: skip
DOCUMENT_VERSION_COLUMNS = ("id", "file_id", "name", "seq", "size_bytes", "created_by", "created_by_tag", "created_at")
USER_COLUMNS = ("id", "username", "email", "external_id", "platform_role", "disabled", "created_at")


def instance_topic(instance_id: UUID) -> str:
    return f"instance:{instance_id}"


def operation_topic(operation_id: UUID) -> str:
    return f"operation:{operation_id}"


def instance_changed(instance: Instance) -> Event:
    """Any change of an instance, its creation and its end (state deleted) included."""
    return Event(
        "InstanceChanged",
        instance_topic(instance.id),
        _columns(instance, INSTANCE_COLUMNS),
        instance.tenant_id,
    )


def operation_changed(operation: Operation) -> Event:
    """An operation was queued, went on or ended."""
    payload = _columns(operation, OPERATION_COLUMNS)
    return Event("OperationChanged", operation_topic(operation.id), payload, operation.tenant_id)


def node_changed(node: Node) -> Event:
    return Event("NodeChanged", f"node:{node.id}", _columns(node, NODE_COLUMNS))


def node_removed(node: Node) -> Event:
    return Event("NodeRemoved", f"node:{node.id}", {"id": str(node.id), "name": node.name})


def stray_found(node: Node, instance_id: UUID, runtime_id: str) -> Event:
    """The engine runs something with our label that the database does not know. It is reported, never deleted."""
    payload = {"node_id": str(node.id), "instance_id": str(instance_id), "runtime_id": runtime_id}
    return Event("StrayContainerFound", f"node:{node.id}", payload)


def image_changed(image: Image) -> Event:
    return Event("ImageChanged", f"image:{image.id}", _columns(image, IMAGE_COLUMNS), image.tenant_id)


def tenant_changed(tenant: Tenant) -> Event:
    return Event("TenantChanged", f"tenant:{tenant.id}", _columns(tenant, TENANT_COLUMNS), tenant.id)


def member_changed(tenant_id: UUID, user_id: UUID, role: str | None) -> Event:
    """A membership was given, changed or (role None) taken away. Open sockets of that user must look again."""
    payload = {"tenant_id": str(tenant_id), "user_id": str(user_id), "role": role}
    return Event("MemberChanged", f"tenant:{tenant_id}", payload, tenant_id)


def file_topic(file_id: UUID) -> str:
    """file_id: of the row."""
    return f"file:{file_id}"


def file_changed(file: File) -> Event:
    """Anything about a file but the text of a document: made, renamed, moved, trashed, restored, its content known."""
    return Event("FileChanged", file_topic(file.id), _columns(file, FILE_COLUMNS), file.tenant_id)


def file_purged(file: File) -> Event:
    """It is gone for good. Sockets on it close."""
    payload = {"id": str(file.id), "public_id": file.public_id, "tenant_id": str(file.tenant_id)}
    return Event("FilePurged", file_topic(file.id), payload, file.tenant_id)


def file_access_changed(file: File, share: Share | None = None) -> Event:
    """Who may open the file has changed (a share, a link or its visibility): open sockets look again."""
    payload = {
        "id": str(file.id),
        "public_id": file.public_id,
        "subject": share.subject if share else None,
        "subject_kind": share.subject_kind.value if share else None,
    }
    return Event("FileAccessChanged", file_topic(file.id), payload, file.tenant_id)


def channel_rule_changed(rule: ChannelRule) -> Event:
    """A rule of channels was made or changed. Open sockets look again."""
    return Event("ChannelRuleChanged", f"channel:{rule.id}", _columns(rule, CHANNEL_RULE_COLUMNS), rule.tenant_id)


def channel_rule_removed(rule: ChannelRule) -> Event:
    """What is wider holds again."""
    payload = {"id": str(rule.id), "tenant_id": str(rule.tenant_id), "pattern": rule.pattern}
    return Event("ChannelRuleRemoved", f"channel:{rule.id}", payload, rule.tenant_id)


def document_version_changed(version: DocumentVersion, tenant_id: UUID, change: str) -> Event:
    """change: what happened to a named version of a document: created, restored or deleted."""
    payload = {**_columns(version, DOCUMENT_VERSION_COLUMNS), "change": change}
    return Event("DocumentVersionChanged", f"document:{version.file_id}", payload, tenant_id)


def user_changed(user: User) -> Event:
    return Event("UserChanged", f"user:{user.id}", _columns(user, USER_COLUMNS))


def credential_revoked(credential: str, user_id: UUID, reason: str) -> Event:
    """A key or session ended. credential is Actor.credential; every socket opened with it must close."""
    payload = {"credential": credential, "user_id": str(user_id), "reason": reason}
    return Event("CredentialRevoked", f"credential:{credential}", payload)


def _columns(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if hasattr(value, "value") else value
