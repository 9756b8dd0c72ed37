"""CRDT documents: the log of their updates, what the log was folded into, and the versions people named.

All bytes are Yjs updates, version 1 of their encoding.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.fields import Row
from domain.models.file import File


class Document(Model):
    """The head of one document; its id is its file's. Updates are numbered from 1, without a gap.

    last_seq: from where numbering goes on, unless the log holds a higher number. PostgreSQL counts here, under the
    lock of this row, so that numbers become visible in order; SQLite has one writer and counts in the log.
    state_seq: the last update that the folded state includes; 0 when there is no state yet.
    size_bytes: of the folded state.
    """

    file_id = fields.UUIDField(primary_key=True)
    last_seq = fields.BigIntField(default=0)
    state_seq = fields.BigIntField(default=0)
    size_bytes = fields.BigIntField(default=0)

    class Meta:
        table = "document"


class DocumentUpdate(Model):
    """One committed update. seq: its number in its document. data: merged from all that arrived at one moment."""

    id = fields.BigIntField(primary_key=True, generated=True)
    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField("models.File", related_name="document_updates")
    file_id: UUID
    seq = fields.BigIntField()
    data = fields.BinaryField()

    class Meta:
        table = "document_update"
        unique_together = (("file", "seq"),)


class DocumentState(Model):
    """Everything up to Document.state_seq as one update; the log rows it includes are gone."""

    file_id = fields.UUIDField(primary_key=True)
    data = fields.BinaryField()

    class Meta:
        table = "document_state"


class DocumentVersion(Row):
    """The whole document as it was when somebody named it. seq: the last update it includes."""

    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField("models.File", related_name="document_versions")
    file_id: UUID
    name = fields.CharField(max_length=100)
    seq = fields.BigIntField()
    size_bytes = fields.BigIntField()
    created_by = fields.UUIDField(null=True)
    created_by_tag = fields.CharField(max_length=64, null=True)
    data = fields.BinaryField()

    class Meta:
        table = "document_version"
        indexes = (("file_id", "id"),)
