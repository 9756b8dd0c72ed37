"""Realtime databases: documents as rows, what indexes know of them, the log of changes, and locks.

Names and ordered values are kept as bytes: both databases compare bytes alike, whatever their collation.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.file import File


class Tree(Model):
    """The head of one database. number: what its rows name it by. last_change: the sequence number of its newest
    change, raised under this row's lock, so that the order of numbers is the order of commits, without gaps."""

    number = fields.BigIntField(primary_key=True, generated=True)
    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField("models.File", related_name="trees")
    file_id: UUID
    last_change = fields.BigIntField(default=0)

    class Meta:
        table = "tree"
        unique_together = (("file",),)


class TreeDocument(Model):
    """One document at collection/key (UTF-8). data: its JSON as text, a mapping."""

    id = fields.BigIntField(primary_key=True, generated=True)
    tree: fields.ForeignKeyRelation[Tree] = fields.ForeignKeyField("models.Tree", related_name="documents")
    tree_id: int
    collection = fields.BinaryField()
    key = fields.BinaryField()
    data = fields.TextField()

    class Meta:
        table = "tree_document"
        unique_together = (("tree_id", "collection", "key"),)


class TreeIndex(Model):
    """One indexed field of one collection."""

    id = fields.BigIntField(primary_key=True, generated=True)
    tree: fields.ForeignKeyRelation[Tree] = fields.ForeignKeyField("models.Tree", related_name="indexes")
    tree_id: int
    collection = fields.BinaryField()
    field = fields.BinaryField()

    class Meta:
        table = "tree_index"
        unique_together = (("tree_id", "collection", "field"),)


class TreeIndexEntry(Model):
    """What an index knows of one document: its value in the order of values, and one entry for each element of a list.
    value may be cut off after its first bytes."""

    id = fields.BigIntField(primary_key=True, generated=True)
    index: fields.ForeignKeyRelation[TreeIndex] = fields.ForeignKeyField("models.TreeIndex", related_name="entries")
    index_id: int
    key = fields.BinaryField()
    value = fields.BinaryField()

    class Meta:
        table = "tree_index_entry"
        indexes = (("index_id", "value", "key"), ("index_id", "key"))


class TreeChange(Model):
    """One committed transaction, as JSON text. seq: 1, 2, … within its tree. created_at: for pruning."""

    id = fields.BigIntField(primary_key=True, generated=True)
    tree: fields.ForeignKeyRelation[Tree] = fields.ForeignKeyField("models.Tree", related_name="changes")
    tree_id: int
    seq = fields.BigIntField()
    content = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "tree_change"
        unique_together = (("tree_id", "seq"),)
        indexes = (("created_at",),)


class TreeLock(Model):
    """A path that somebody holds. hard: others may not write there. owner: an id tag or user name, or anon:connection.
    connection: the socket that took it last, with which it goes."""

    id = fields.BigIntField(primary_key=True, generated=True)
    tree: fields.ForeignKeyRelation[Tree] = fields.ForeignKeyField("models.Tree", related_name="locks")
    tree_id: int
    path = fields.BinaryField()
    owner = fields.CharField(max_length=128)
    connection = fields.CharField(max_length=64)
    hard = fields.BooleanField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "tree_lock"
        unique_together = (("tree_id", "path"),)
        indexes = (("expires_at",),)
