"""What a list of files is asked with."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct, field

from domain.errors import InvalidInput
from domain.files.file_filter import FileFilter
from domain.files.queries import LONGEST_PAGE, FileSort
from domain.models.file import FileState
from domain.models.tenant import Tenant
from rest_compat.cloudillo.schemas.files import RESERVED, TOP
from rest_compat.cloudillo.schemas.moments import MomentIn, moment_of
from rest_compat.cloudillo.schemas.words import KINDS, SORTS, STATES, ours

PAGE = 20
SHORT_PAGE = 5
DIRECTIONS = {"asc": False, "desc": True}


@dataclass(frozen=True, slots=True)
class Listing:
    """descending None: as the sort has it."""

    sort: FileSort
    descending: bool | None
    first: int


class FilesQuery(Struct, kw_only=True, rename="camel"):
    """Lists are joined by commas. parentId: a folder, __root__, __trash__ or __managed__. contentType: image/* fits
    every image. withParent, withPath: with fileId or a limit of 5 at most."""

    limit: int | None = None
    limit_: int | None = field(name="_limit", default=None)
    cursor: str | None = None
    file_id: list[str] | None = None
    parent_id: str | None = None
    not_parent_id: str | None = None
    root_id: str | None = None
    tag: str | None = None
    preset: str | None = None
    variant: str | None = None
    status: list[str] | None = None
    file_tp: list[str] | None = None
    content_type: list[str] | None = None
    include_folders: bool | None = None
    file_name: str | None = None
    owner_id_tag: str | None = None
    not_owner_id_tag: str | None = None
    local_only: bool | None = None
    created_after: MomentIn | None = None
    created_before: MomentIn | None = None
    pinned: bool | None = None
    starred: bool | None = None
    hidden: bool | None = None
    sort: str | None = None
    sort_dir: str | None = None
    with_parent: bool = False
    with_path: bool = False

    def listing(self) -> Listing:
        """InvalidInput: sort, sortDir, a limit below 1, a path of many."""
        limit = next((given for given in (self.limit, self.limit_) if given is not None), PAGE)
        if (self.with_path or self.with_parent) and not self.file_id and limit > SHORT_PAGE:
            raise InvalidInput(f"This needs fileId, or a limit of {SHORT_PAGE} at most.", field="limit")
        if limit < 1:
            raise InvalidInput("limit must be at least 1.", field="limit")
        return Listing(
            sort=ours(SORTS, self.sort, "sort") if self.sort else FileSort.CREATED,
            descending=ours(DIRECTIONS, self.sort_dir, "sortDir") if self.sort_dir else None,
            first=min(limit, LONGEST_PAGE),
        )

    def to_filter(self, tenant: Tenant) -> FileFilter:
        """InvalidInput: status, fileTp, a time."""
        reserved = RESERVED.get(self.parent_id or "")
        own, source_tag, not_source_tag = self._owners(tenant)
        return FileFilter(
            place=reserved,
            at_top=reserved is not None,
            parent=None if reserved is not None else self.parent_id or None,
            not_parent=None if self.not_parent_id in RESERVED else self.not_parent_id or None,
            not_at_top=self.not_parent_id == TOP,
            root=self.root_id or None,
            ids=tuple(self.file_id) if self.file_id else None,
            tag=self.tag or None,
            preset=self.preset or None,
            variant=self.variant or None,
            state=self._state(),
            kinds=tuple(ours(KINDS, word, "fileTp") for word in self.file_tp) if self.file_tp else None,
            content_types=tuple(self.content_type) if self.content_type else None,
            with_folders=self.include_folders,
            name=self.file_name or None,
            own=own,
            source_tag=source_tag,
            not_source_tag=not_source_tag,
            created_after=moment_of(self.created_after, "createdAfter") if self.created_after else None,
            created_before=moment_of(self.created_before, "createdBefore") if self.created_before else None,
            pinned=self.pinned,
            starred=self.starred,
            hidden=self.hidden,
        )

    def _state(self) -> FileState | None:
        """The one that is wanted; None for both."""
        wanted = {ours(STATES, word, "status") for word in self.status or ()}
        return wanted.pop() if len(wanted) == 1 else None

    def _owners(self, tenant: Tenant) -> tuple[bool | None, str | None, str | None]:
        """own, source_tag, not_source_tag: the tenant owns all but what stands for others' files."""
        own = True if self.local_only else None
        source_tag, not_source_tag = self.owner_id_tag or None, self.not_owner_id_tag or None
        if source_tag is not None and source_tag == tenant.id_tag:
            own, source_tag = True, None
        if not_source_tag is not None and not_source_tag == tenant.id_tag:
            own, not_source_tag = False, None
        return own, source_tag, not_source_tag
