"""Files: what a tenant keeps. Bytes lie in the storage port; documents and trees in tables of their own."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.fields import Row
from domain.models.tenant import Tenant


class AccessLevel(IntEnum):
    """How far somebody may go with a file; each includes those before it. ADMIN: may share it."""

    NONE = 0
    READ = 1
    COMMENT = 2
    WRITE = 3
    ADMIN = 4


class FileKind(StrEnum):
    """BLOB: bytes. DOCUMENT: a CRDT document. TREE: a realtime database. FOLDER: holds others."""

    BLOB = "blob"
    DOCUMENT = "document"
    TREE = "tree"
    FOLDER = "folder"


class FileState(StrEnum):
    """PENDING: its variants are still being made, or its bytes have not come."""

    PENDING = "pending"
    ACTIVE = "active"


class FilePlace(StrEnum):
    """MANAGED: kept by an app, outside the user's folders. TRASH: may be restored until it is purged."""

    DRIVE = "drive"
    MANAGED = "managed"
    TRASH = "trash"


class Visibility(StrEnum):
    """Who may read a file beside those who are given it. DIRECT: nobody. VERIFIED: whoever is signed in."""

    DIRECT = "direct"
    PUBLIC = "public"
    VERIFIED = "verified"
    SECOND_DEGREE = "second_degree"
    FOLLOWERS = "followers"
    CONNECTED = "connected"


class File(Row):
    """public_id: how the world names it, unique in its tenant; temp_id: the one it had before its content was known.

    root: the file it is a part of, whose access it inherits. place, parent: where it lies; trashed_place and
    trashed_parent: where it lay. creator_tag: how the creator is known. descriptor: the text that names all variants.
    revision: grows with every change of this row.
    """

    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="files")
    tenant_id: UUID
    public_id = fields.CharField(max_length=80)
    temp_id = fields.CharField(max_length=24, null=True)
    kind = fields.CharEnumField(FileKind, max_length=12)
    name = fields.CharField(max_length=255)
    content_type = fields.CharField(max_length=128)
    parent: fields.ForeignKeyNullableRelation[File] = fields.ForeignKeyField(
        "models.File", related_name="children", null=True, on_delete=fields.RESTRICT
    )
    parent_id: UUID | None
    root: fields.ForeignKeyNullableRelation[File] = fields.ForeignKeyField(
        "models.File", related_name="parts", null=True, on_delete=fields.RESTRICT
    )
    root_id: UUID | None
    place = fields.CharEnumField(FilePlace, max_length=8, default=FilePlace.DRIVE)
    trashed_place = fields.CharEnumField(FilePlace, max_length=8, null=True)
    trashed_parent_id = fields.UUIDField(null=True)
    creator_id = fields.UUIDField(null=True)
    creator_tag = fields.CharField(max_length=64, null=True)
    visibility = fields.CharEnumField(Visibility, max_length=16, default=Visibility.DIRECT)
    state = fields.CharEnumField(FileState, max_length=8, default=FileState.ACTIVE)
    hidden = fields.BooleanField(default=False)
    preset = fields.CharField(max_length=32, null=True)
    size_bytes = fields.BigIntField(default=0)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    descriptor = fields.TextField(null=True)
    source = fields.CharField(max_length=160, null=True)
    extra: dict[str, Any] | None = fields.JSONField(null=True)
    modified_at = fields.DatetimeField(null=True)
    accessed_at = fields.DatetimeField(null=True)
    revision = fields.IntField(default=1)

    variants: fields.ReverseRelation[FileVariant]
    shares: fields.ReverseRelation[Share]
    file_tags: fields.ReverseRelation[FileTag]

    class Meta:
        table = "file"
        unique_together = (("tenant", "public_id"), ("tenant", "temp_id"))
        indexes = (
            ("public_id",),
            ("tenant_id", "place", "created_at", "id"),
            ("tenant_id", "place", "name", "id"),
            ("tenant_id", "place", "modified_at", "id"),
            ("parent_id",),
            ("root_id",),
            ("creator_id",),
            ("tenant_id", "source"),
        )


class Blob(Model):
    """Bytes in the storage, by the id that their SHA-256 gives them; shared by all files that hold the same.

    storage_key: where they lie. A key is never used again, so that deleting one cannot meet an upload of the same.
    """

    id = fields.CharField(primary_key=True, max_length=64)
    storage_key = fields.CharField(max_length=64, unique=True)
    size_bytes = fields.BigIntField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "blob"


class FileVariant(Row):
    """One rendition of a file's content. variant_class: vis, vid, aud, doc, raw. quality: orig, pf, tn, sd, md, hd, xd.

    file_id: of the File's row."""

    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField("models.File", related_name="variants")
    file_id: UUID
    blob: fields.ForeignKeyRelation[Blob] = fields.ForeignKeyField(
        "models.Blob", related_name="variants", on_delete=fields.RESTRICT
    )
    blob_id: str
    variant_class = fields.CharField(max_length=8)
    quality = fields.CharField(max_length=8)
    format = fields.CharField(max_length=16)
    content_type = fields.CharField(max_length=128)
    size_bytes = fields.BigIntField()
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    duration_s = fields.FloatField(null=True)
    bitrate_kbps = fields.IntField(null=True)
    pages = fields.IntField(null=True)

    class Meta:
        table = "file_variant"
        unique_together = (("file", "variant_class", "quality"),)
        indexes = (("blob_id",),)


class FileTag(Row):
    """A word somebody put on a file."""

    tenant_id = fields.UUIDField()
    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField("models.File", related_name="file_tags")
    file_id: UUID
    tag = fields.CharField(max_length=64)

    class Meta:
        table = "file_tag"
        unique_together = (("file", "tag"),)
        indexes = (("tenant_id", "tag"),)


class FileActivity(Row):
    """One person and one file: when they last opened and changed it, and what they marked."""

    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField("models.File", related_name="activities")
    file_id: UUID
    user_id = fields.UUIDField()
    accessed_at = fields.DatetimeField(null=True)
    modified_at = fields.DatetimeField(null=True)
    pinned = fields.BooleanField(default=False)
    starred = fields.BooleanField(default=False)

    class Meta:
        table = "file_activity"
        unique_together = (("file", "user_id"),)
        indexes = (("user_id", "accessed_at"), ("user_id", "modified_at"))


class ShareSubject(StrEnum):
    """Whom a file is given to: a person, whoever holds a link, or those who may open another file."""

    USER = "user"
    LINK = "link"
    FILE = "file"


class Share(Model):
    """One grant. level: an AccessLevel. subject: an id tag (USER), a ref's id (LINK), a file's public id (FILE).

    user_id: whose tag it is, where that is known here."""

    id = fields.BigIntField(primary_key=True, generated=True)
    tenant_id = fields.UUIDField()
    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField("models.File", related_name="shares")
    file_id: UUID
    subject_kind = fields.CharEnumField(ShareSubject, max_length=8)
    subject = fields.CharField(max_length=80)
    user_id = fields.UUIDField(null=True)
    level = fields.SmallIntField()
    created_by = fields.CharField(max_length=64)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "share"
        unique_together = (("file", "subject_kind", "subject"),)
        indexes = (("tenant_id", "subject_kind", "subject"), ("user_id",))


class Ref(Row):
    """A short id that stands for a right or an invitation. uses_left None: any number. resource, level: of a link."""

    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="refs")
    tenant_id: UUID
    ref_id = fields.CharField(max_length=64, unique=True)
    kind = fields.CharField(max_length=24)
    description = fields.CharField(max_length=256, null=True)
    resource: fields.ForeignKeyNullableRelation[File] = fields.ForeignKeyField(
        "models.File", related_name="refs", null=True
    )
    resource_id: UUID | None
    level = fields.SmallIntField(null=True)
    uses_left = fields.IntField(null=True)
    params = fields.TextField(null=True)
    created_by = fields.UUIDField(null=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "ref"
        indexes = (("tenant_id", "kind", "id"), ("resource_id",), ("expires_at",))
