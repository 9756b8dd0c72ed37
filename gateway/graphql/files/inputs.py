"""What clients say about files: which ones to list, what to make, what to change."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import UNSET

from domain.access import parse_id
from domain.files.create_file import FileSpec
from domain.files.file_filter import FileFilter
from domain.files.keep import KEEP
from domain.files.queries import FileSort
from domain.files.update_file import FileChanges
from gateway.graphql.files.types import FileKindEnum, FilePlaceEnum, FileStateEnum, VisibilityEnum


@strawberry.input(name="FileFilter", description="Which files. Nothing said: whatever lies in the drive.")
class FileFilterInput:
    place: FilePlaceEnum | None = strawberry.field(default=None, description="Lying there.")
    at_top: bool = strawberry.field(default=False, description="In no folder.")
    not_at_top: bool = strawberry.field(default=False, description="In some folder.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="In this folder.")
    not_parent_id: strawberry.ID | None = strawberry.field(default=None, description="Not in this folder.")
    root_id: strawberry.ID | None = strawberry.field(default=None, description="Parts of this file.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These, by id or publicId.")
    tag: str | None = strawberry.field(default=None, description="With this tag.")
    preset: str | None = strawberry.field(default=None, description="With variants made in this way.")
    variant: str | None = strawberry.field(default=None, description="With this variant, such as vis.sd.")
    state: FileStateEnum | None = strawberry.field(default=None, description="In this state.")
    kinds: list[FileKindEnum] | None = strawberry.field(default=None, description="Of these kinds.")
    content_types: list[str] | None = strawberry.field(
        default=None, description="Of these media types; image/* means all of a family."
    )
    with_folders: bool | None = strawberry.field(
        default=None, description="true: folders come whatever kind is asked for; false: never."
    )
    name_contains: str | None = strawberry.field(default=None, description="With this text in the name.")
    creator_tag: str | None = strawberry.field(default=None, description="Made by who is known so.")
    own: bool | None = strawberry.field(default=None, description="true: not what stands for files of others.")
    created_after: datetime | None = strawberry.field(default=None, description="Made after this time.")
    created_before: datetime | None = strawberry.field(default=None, description="Made before this time.")
    pinned: bool | None = strawberry.field(default=None, description="Pinned by you, or not.")
    starred: bool | None = strawberry.field(default=None, description="Starred by you, or not.")
    hidden: bool | None = strawberry.field(default=None, description="Hidden, or not.")

    def to_filter(self) -> FileFilter:
        return FileFilter(
            place=self.place,
            at_top=self.at_top,
            not_at_top=self.not_at_top,
            parent=self.parent_id,
            not_parent=self.not_parent_id,
            root=self.root_id,
            ids=None if self.ids is None else tuple(self.ids),
            tag=self.tag,
            preset=self.preset,
            variant=self.variant,
            state=self.state,
            kinds=None if self.kinds is None else tuple(self.kinds),
            content_types=None if self.content_types is None else tuple(self.content_types),
            with_folders=self.with_folders,
            name=self.name_contains,
            creator_tag=self.creator_tag,
            own=self.own,
            created_after=self.created_after,
            created_before=self.created_before,
            pinned=self.pinned,
            starred=self.starred,
            hidden=self.hidden,
        )


@strawberry.enum(description="What a list of files is ordered by.")
class FileOrder(Enum):
    CREATED_AT = strawberry.enum_value(FileSort.CREATED.value, description="When it was made.")
    NAME = strawberry.enum_value(FileSort.NAME.value, description="Its name.")
    OPENED_AT = strawberry.enum_value(FileSort.RECENT.value, description="When you last opened it.")
    MODIFIED_AT = strawberry.enum_value(FileSort.MODIFIED.value, description="When you last changed it.")


@strawberry.input(description="A document, realtime database or folder to make. Bytes come by uploadFile.")
class CreateFileInput:
    kind: FileKindEnum = strawberry.field(description="What it will hold; not BLOB.")
    name: str = strawberry.field(description="Its name.")
    content_type: str = strawberry.field(default="application/json", description="Its media type.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The folder; null: the top.")
    root_id: strawberry.ID | None = strawberry.field(default=None, description="The file it becomes a part of.")
    tags: list[str] = strawberry.field(default_factory=list, description="Words on it.")
    visibility: VisibilityEnum | None = strawberry.field(default=None, description="Who may read it; null: DIRECT.")
    tenant_id: strawberry.ID | None = strawberry.field(default=None, description="Whose it will be; null: your own.")

    def to_spec(self) -> FileSpec:
        return FileSpec(
            kind=self.kind,
            name=self.name,
            content_type=self.content_type,
            parent=self.parent_id,
            root=self.root_id,
            tags=tuple(self.tags),
            visibility=self.visibility,
            tenant_id=None if self.tenant_id is None else parse_id(self.tenant_id, "tenant"),
        )


@strawberry.input(description="What to change of a file. What is left out stays as it is.")
class UpdateFileInput:
    name: str | None = strawberry.field(default=UNSET, description="Its new name.")
    parent_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The folder; null: the top.")
    visibility: VisibilityEnum | None = strawberry.field(default=UNSET, description="Who may read it; null: DIRECT.")
    hidden: bool | None = strawberry.field(default=UNSET, description="Whether lists of apps leave it out.")

    def to_changes(self) -> FileChanges:
        return FileChanges(
            name=KEEP if self.name is UNSET or self.name is None else self.name,
            parent=KEEP if self.parent_id is UNSET else self.parent_id,
            visibility=KEEP if self.visibility is UNSET else self.visibility,
            hidden=KEEP if self.hidden is UNSET or self.hidden is None else self.hidden,
        )
