"""Every table, one file per aggregate. Rows hold facts; rules live in the verbs."""

from domain.models.audit import AuditEntry
from domain.models.channel import ChannelLog, ChannelMessage, ChannelRule
from domain.models.document import Document, DocumentState, DocumentUpdate, DocumentVersion
from domain.models.file import (
    AccessLevel,
    Blob,
    File,
    FileActivity,
    FileKind,
    FilePlace,
    FileState,
    FileTag,
    FileVariant,
    Ref,
    Share,
    ShareSubject,
    Visibility,
)
from domain.models.image import Image
from domain.models.installation import Installation
from domain.models.instance import Instance, InstancePort, InstanceState
from domain.models.lease import LeaseRow
from domain.models.node import Node, NodeState
from domain.models.operation import ENDED_STATES, Operation, OperationState, OperationStep
from domain.models.outbox import OutboxCursor, OutboxEvent
from domain.models.preference import Preference
from domain.models.sign_in import Passkey, PasskeyChallenge, QrSignIn, QrState
from domain.models.tenant import Membership, Tenant, TenantKind, TenantRole
from domain.models.tenant_key import TenantKey
from domain.models.tree import Tree, TreeChange, TreeDocument, TreeIndex, TreeIndexEntry, TreeLock
from domain.models.user import (
    ApiKey,
    IdempotencyRecord,
    PasswordReset,
    PlatformRole,
    RefreshToken,
    Session,
    User,
)

__all__ = [
    "ENDED_STATES",
    "AccessLevel",
    "ApiKey",
    "AuditEntry",
    "Blob",
    "ChannelLog",
    "ChannelMessage",
    "ChannelRule",
    "Document",
    "DocumentState",
    "DocumentUpdate",
    "DocumentVersion",
    "File",
    "FileActivity",
    "FileKind",
    "FilePlace",
    "FileState",
    "FileTag",
    "FileVariant",
    "IdempotencyRecord",
    "Image",
    "Installation",
    "Instance",
    "InstancePort",
    "InstanceState",
    "LeaseRow",
    "Membership",
    "Node",
    "NodeState",
    "Operation",
    "OperationState",
    "OperationStep",
    "OutboxCursor",
    "OutboxEvent",
    "Passkey",
    "PasskeyChallenge",
    "PasswordReset",
    "PlatformRole",
    "Preference",
    "QrSignIn",
    "QrState",
    "Ref",
    "RefreshToken",
    "Session",
    "Share",
    "ShareSubject",
    "Tenant",
    "TenantKey",
    "TenantKind",
    "TenantRole",
    "Tree",
    "TreeChange",
    "TreeDocument",
    "TreeIndex",
    "TreeIndexEntry",
    "TreeLock",
    "User",
    "Visibility",
]
