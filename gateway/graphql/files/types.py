"""A file as GraphQL shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.models.file import File, FileKind, FilePlace, FileState, FileVariant, Share, Visibility
from domain.models.user import User
from gateway.graphql.context import Info
from gateway.graphql.fields import related
from gateway.graphql.files.levels import AccessLevelEnum, shown_level
from gateway.graphql.people import Person
from gateway.graphql.rows import described, of_rows

if TYPE_CHECKING:
    from gateway.graphql.shares.types import ShareType

FileKindEnum = described(
    FileKind,
    "FileKind",
    "What a file holds.",
    {
        "BLOB": "Bytes.",
        "DOCUMENT": "A document that many edit at once.",
        "TREE": "A realtime database.",
        "FOLDER": "Other files.",
    },
)
FileStateEnum = described(
    FileState,
    "FileState",
    "Whether a file is ready.",
    {"PENDING": "What it comes in is still being made, or its bytes have not come.", "ACTIVE": "It is ready."},
)
FilePlaceEnum = described(
    FilePlace,
    "FilePlace",
    "Where a file lies.",
    {
        "DRIVE": "Among the files of its tenant.",
        "MANAGED": "With the app that keeps it.",
        "TRASH": "In the trash, until it is restored or purged.",
    },
)
VisibilityEnum = described(
    Visibility,
    "Visibility",
    "Who may read a file beside those who are given it.",
    {
        "DIRECT": "Nobody.",
        "PUBLIC": "Everybody.",
        "VERIFIED": "Whoever is signed in.",
        "SECOND_DEGREE": "Followers, and those whom they are connected to.",
        "FOLLOWERS": "Followers.",
        "CONNECTED": "Those one is connected to.",
    },
)


@of_rows(
    FileVariant,
    {
        "variant_class": "The family: vis (seen), vid, aud, doc or raw.",
        "quality": "How large: orig, or from tn (a thumbnail) to xd.",
        "blob_id": "Its content's id: the same bytes always have the same.",
        "format": "Its format, such as webp.",
        "content_type": "Its media type.",
        "size_bytes": "Its size, in bytes.",
        "width": "Its width, in pixels.",
        "height": "Its height, in pixels.",
    },
    name="FileVariant",
    description="One of the sizes and formats that a file comes in.",
)
class FileVariantType: ...


async def _parent(root: strawberry.Parent[File], info: Info) -> File | None:
    return await info.context.loaders.file.load(root.parent_id) if root.parent_id else None


async def _root(root: strawberry.Parent[File], info: Info) -> File | None:
    return await info.context.loaders.file.load(root.root_id) if root.root_id else None


async def _level(root: strawberry.Parent[File], info: Info) -> AccessLevelEnum:
    return shown_level(await info.context.loaders.level.load(root)) or AccessLevelEnum.NONE


async def _tags(root: strawberry.Parent[File], info: Info) -> list[str]:
    return await info.context.loaders.tags.load(root.id) or []


async def _variants(root: strawberry.Parent[File], info: Info) -> list[FileVariant]:
    return await info.context.loaders.variants.load(root.id) or []


async def _shares(root: strawberry.Parent[File], info: Info) -> list[Share] | None:
    return await info.context.loaders.shares.load(root)


async def _creator(root: strawberry.Parent[File], info: Info) -> User | None:
    return await info.context.loaders.person.load(root.creator_id) if root.creator_id else None


async def _pinned(root: strawberry.Parent[File], info: Info) -> bool:
    marks = await info.context.loaders.marks.load(root.id)
    return marks is not None and marks.pinned


async def _starred(root: strawberry.Parent[File], info: Info) -> bool:
    marks = await info.context.loaders.marks.load(root.id)
    return marks is not None and marks.starred


@of_rows(
    File,
    {
        "id": "The file's id.",
        "public_id": "How the world names it: Cloudillo's fileId. It may change once, when its content is known.",
        "kind": "What it holds.",
        "name": "Its name.",
        "content_type": "Its media type.",
        "place": "Where it lies.",
        "visibility": "Who may read it beside those who are given it.",
        "state": "Whether it is ready.",
        "hidden": "Whether lists of apps leave it out.",
        "preset": "How its variants were made; null: it has none.",
        "size_bytes": "Size of what was uploaded, in bytes.",
        "width": "Width of an image, in pixels.",
        "height": "Height of an image, in pixels.",
        "creator_tag": "How its creator is known elsewhere.",
        "tenant_id": "The tenant whose it is.",
        "created_at": "When it was made.",
        "modified_at": "When its content last changed.",
        "revision": "Grows with every change: of two versions the one with the larger revision is the newer.",
    },
    name="File",
    description="Something a tenant keeps: bytes, a document, a realtime database, or a folder.",
)
class FileType:
    parent: Annotated[FileType, strawberry.lazy("gateway.graphql.files.types")] | None = related(
        _parent, "The folder it lies in, as far as you may see it; null: the top."
    )
    root: Annotated[FileType, strawberry.lazy("gateway.graphql.files.types")] | None = related(
        _root, "The file it is a part of; null: none."
    )
    level: AccessLevelEnum = related(_level, "How far you may go with it.")
    tags: list[str] = related(_tags, "The words on it, in order.")
    variants: list[FileVariantType] = related(_variants, "What it comes in, the smallest first.")
    shares: list[Annotated[ShareType, strawberry.lazy("gateway.graphql.shares.types")]] | None = related(
        _shares, "Whom it was given to; null unless you may change it."
    )
    creator: Person | None = related(_creator, "Who made it.")
    pinned: bool = related(_pinned, "Whether you pinned it.")
    starred: bool = related(_starred, "Whether you starred it.")
