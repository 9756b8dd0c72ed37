"""Files: what is shown of one, and what is said to make, change and move one."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from domain.errors import InvalidInput
from domain.files.create_file import DEFAULT_CONTENT_TYPE, DEFAULT_NAME, FileSpec
from domain.files.details import FileDetails, Person
from domain.files.keep import KEEP, Keep
from domain.files.update_file import FileChanges
from domain.models.file import File, FileActivity, FilePlace, Visibility
from domain.models.tenant import Tenant
from rest_compat.cloudillo.schemas.me import type_of
from rest_compat.cloudillo.schemas.moments import MomentIn, iso, moment_of
from rest_compat.cloudillo.schemas.words import KINDS, STATES, VISIBILITIES, ours, theirs

TOP, TRASH, MANAGED = "__root__", "__trash__", "__managed__"
RESERVED = {TOP: FilePlace.DRIVE, TRASH: FilePlace.TRASH, MANAGED: FilePlace.MANAGED}


def folder_named(parent_id: str | None) -> str | None:
    """A folder to put something into; None: the top. InvalidInput: a reserved name that is no folder."""
    if not parent_id or parent_id == TOP:
        return None
    if parent_id.startswith("__"):
        raise InvalidInput("Nothing can be put there.", field="parentId")
    return parent_id


class PersonOut(Struct, kw_only=True, rename="camel"):
    """Who made or owns a file."""

    id_tag: str
    name: str | UnsetType = UNSET
    profile_pic: str | UnsetType = UNSET
    type: str | UnsetType = UNSET

    @classmethod
    def of(cls, person: Person) -> PersonOut:
        tenant = person.tenant
        return cls(
            id_tag=person.tag,
            name=person.name or UNSET,
            profile_pic=tenant.picture_file_id or UNSET if tenant else UNSET,
            type=type_of(tenant) if tenant else UNSET,
        )


class UserDataOut(Struct, kw_only=True, rename="camel"):
    """What the caller did with a file, and how they marked it."""

    accessed_at: str | UnsetType = UNSET
    modified_at: str | UnsetType = UNSET
    pinned: bool = False
    starred: bool = False

    @classmethod
    def of(cls, activity: FileActivity) -> UserDataOut:
        return cls(
            accessed_at=iso(activity.accessed_at) if activity.accessed_at else UNSET,
            modified_at=iso(activity.modified_at) if activity.modified_at else UNSET,
            pinned=activity.pinned,
            starred=activity.starred,
        )


class StepOut(Struct, kw_only=True):
    """A folder on the way to a file."""

    id: str
    name: str


class ShapeOut(Struct, kw_only=True):
    """dim: width and height in pixels."""

    dim: tuple[int, int]


class FileOut(Struct, kw_only=True, rename="camel"):
    """A file. fileTp: BLOB, CRDT, RTDB or FLDR. status: A, or P while it is being made. visibility: D P V 2 F C."""

    file_id: str
    parent_id: str | UnsetType = UNSET
    root_id: str | UnsetType = UNSET
    owner: PersonOut | UnsetType = UNSET
    creator: PersonOut | UnsetType = UNSET
    preset: str | UnsetType = UNSET
    content_type: str
    file_name: str
    file_tp: str
    created_at: str
    accessed_at: str | UnsetType = UNSET
    modified_at: str | UnsetType = UNSET
    status: str
    tags: list[str] | UnsetType = UNSET
    visibility: str
    hidden: bool
    access_level: str
    user_data: UserDataOut | UnsetType = UNSET
    x: ShapeOut | UnsetType = UNSET
    parent_name: str | UnsetType = UNSET
    path: list[StepOut] | UnsetType = UNSET

    @classmethod
    def of(cls, details: FileDetails, *, with_parent: bool = False, with_path: bool = False) -> FileOut:
        file = details.file
        parent, root = details.parent, details.root
        return cls(
            file_id=file.public_id,
            parent_id=_where(file, parent),
            root_id=root.public_id if root else UNSET,
            owner=PersonOut.of(details.owner) if details.owner else UNSET,
            creator=PersonOut.of(details.creator) if details.creator else UNSET,
            preset=file.preset or UNSET,
            content_type=file.content_type,
            file_name=file.name,
            file_tp=theirs(KINDS, file.kind),
            created_at=iso(file.created_at),
            accessed_at=iso(file.accessed_at) if file.accessed_at else UNSET,
            modified_at=iso(file.modified_at) if file.modified_at else UNSET,
            status=theirs(STATES, file.state),
            tags=details.tags or UNSET,
            visibility=theirs(VISIBILITIES, file.visibility),
            hidden=file.hidden,
            access_level=details.level.name.lower(),
            user_data=UserDataOut.of(details.activity) if details.activity else UNSET,
            x=ShapeOut(dim=(file.width, file.height)) if file.width and file.height else UNSET,
            parent_name=parent.name if parent and with_parent else UNSET,
            path=[StepOut(id=step.public_id, name=step.name) for step in details.path] if with_path else UNSET,
        )


def _where(file: File, parent: File | None) -> str | UnsetType:
    """The folder, or the reserved name of the place; the top is said by nothing."""
    if parent is not None:
        return parent.public_id
    return {FilePlace.TRASH: TRASH, FilePlace.MANAGED: MANAGED}.get(file.place, UNSET)


class CreateFileIn(Struct, kw_only=True, rename="camel"):
    """A file to be made. tags: joined by commas, or a list. as: managed keeps it outside the user's folders."""

    file_tp: str
    content_type: str | None = None
    file_name: str | None = None
    parent_id: str | None = None
    root_id: str | None = None
    created_at: MomentIn | None = None
    tags: str | list[str] | None = None
    visibility: str | None = None
    as_: str | None = field(name="as", default=None)
    source_file_id: str | None = None
    source_id_tag: str | None = None
    access_level: Any = UNSET

    def to_spec(self, tenant: Tenant) -> FileSpec:
        """InvalidInput: fileTp, visibility, as, createdAt, a reserved parent, any accessLevel."""
        if self.access_level is not UNSET:
            raise InvalidInput("accessLevel cannot be given.", field="accessLevel")
        if self.as_ not in (None, "managed"):
            raise InvalidInput("as must be managed.", field="as")
        return FileSpec(
            kind=ours(KINDS, self.file_tp, "fileTp"),
            name=self.file_name or DEFAULT_NAME,
            content_type=self.content_type or DEFAULT_CONTENT_TYPE,
            parent=folder_named(self.parent_id),
            root=self.root_id or None,
            tags=tags_in(self.tags),
            visibility=audience_in(self.visibility),
            managed=self.as_ == "managed",
            created_at=None if self.created_at is None else moment_of(self.created_at, "createdAt"),
            source=self._source(tenant),
            tenant_id=tenant.id,
        )

    def _source(self, tenant: Tenant) -> str | None:
        """Whose file it stands for; the tenant's own when nobody is named."""
        if not self.source_file_id:
            return None
        return f"{self.source_id_tag or tenant.id_tag or tenant.slug}:{self.source_file_id}"


def tags_in(tags: str | list[str] | None) -> tuple[str, ...]:
    words = tags.split(",") if isinstance(tags, str) else tags or []
    return tuple(stripped for word in words if (stripped := word.strip()))


def audience_in(visibility: str | None) -> Visibility | None:
    return ours(VISIBILITIES, visibility, "visibility") if visibility else None


class UpdateFileIn(Struct, kw_only=True, rename="camel"):
    """What is absent stays. parentId null: to the top. visibility null: nobody but the owner and who is given it."""

    file_name: str | UnsetType = UNSET
    parent_id: str | UnsetType | None = UNSET
    visibility: str | UnsetType | None = UNSET
    status: str | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET

    def to_changes(self) -> FileChanges:
        return FileChanges(
            name=kept(self.file_name),
            parent=KEEP if isinstance(self.parent_id, UnsetType) else folder_named(self.parent_id),
            visibility=KEEP if isinstance(self.visibility, UnsetType) else audience_in(self.visibility),
            state=KEEP if isinstance(self.status, UnsetType) else ours(STATES, self.status, "status"),
            hidden=KEEP if isinstance(self.hidden, UnsetType) else self.hidden,
        )


def kept(text: str | UnsetType) -> str | Keep:
    return KEEP if isinstance(text, UnsetType) else text


class FileIdOut(Struct, kw_only=True, rename="camel"):
    """Which file."""

    file_id: str


class UpdatedFileOut(Struct, kw_only=True, rename="camel"):
    """Which file, and its name now."""

    file_id: str
    file_name: str


class DeletedFileOut(Struct, kw_only=True, rename="camel"):
    """permanent: gone for good, and not in the trash."""

    file_id: str
    permanent: bool


class DeleteQuery(Struct, kw_only=True):
    """permanent: for good, which only what is in the trash can be."""

    permanent: bool = False


class DuplicateIn(Struct, kw_only=True, rename="camel"):
    """What the copy is called, and where it lies."""

    file_name: str | None = None
    parent_id: str | UnsetType | None = UNSET


class RestoreIn(Struct, kw_only=True, rename="camel"):
    """Where to; nothing: where it lay."""

    parent_id: str | None = None


class RestoredOut(Struct, kw_only=True, rename="camel"):
    """parentId: absent at the top."""

    file_id: str
    parent_id: str | UnsetType = UNSET


class MarkIn(Struct, kw_only=True):
    """The caller's own marks; what is absent stays."""

    pinned: bool | None = None
    starred: bool | None = None
