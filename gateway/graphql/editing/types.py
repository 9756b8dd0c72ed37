"""A document and its versions as GraphQL shows them."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from domain.documents.read import DocumentContent
from domain.documents.versions import VersionContent
from domain.models.document import DocumentVersion
from domain.models.file import File
from domain.models.user import User
from gateway.graphql.context import Info
from gateway.graphql.fields import related
from gateway.graphql.files.types import FileType
from gateway.graphql.people import Person
from gateway.graphql.rows import of_rows
from gateway.graphql.scalars import BigInt

RootName = Annotated[str, strawberry.argument(description="The text's name in the document.")]


def _text(root: strawberry.Parent[Any], name: RootName) -> str:
    value = root.json.get(name)
    return value if isinstance(value, str) else ""


@strawberry.type(description="What a document holds at one moment.")
class Document:
    file: FileType = strawberry.field(description="Its file.")
    seq: BigInt = strawberry.field(description="The last change that is in it; grows with every change.")
    size_bytes: BigInt = strawberry.field(description="Its size as it is kept, in bytes.")
    json: JSON = strawberry.field(description="Everything in it: its texts, maps and lists by their names.")

    text: str = related(_text, "One of its texts; empty when there is none of that name.")

    @classmethod
    def of(cls, content: DocumentContent) -> Document:
        return cls(
            file=content.file,  # type: ignore[arg-type]
            seq=BigInt(content.seq),
            size_bytes=BigInt(content.size_bytes),
            json=JSON(content.roots),
        )


async def _creator(root: strawberry.Parent[DocumentVersion], info: Info) -> User | None:
    return await info.context.loaders.person.load(root.created_by) if root.created_by else None


@of_rows(
    DocumentVersion,
    {
        "id": "The version's id.",
        "name": "What it was named.",
        "seq": "The last change that is in it.",
        "size_bytes": "Its size as it is kept, in bytes.",
        "created_by_tag": "How who named it is known elsewhere.",
        "created_at": "When it was named.",
    },
    name="DocumentVersion",
    description="A document as it was when somebody gave that a name.",
)
class DocumentVersionType:
    creator: Person | None = related(_creator, "Who named it.")


@strawberry.type(description="What a document was when a version was named.")
class OpenedDocumentVersion:
    version: DocumentVersionType = strawberry.field(description="The version.")
    json: JSON = strawberry.field(description="Everything that was in it, by name.")

    text: str = related(_text, "One of its texts; empty when there was none of that name.")

    @classmethod
    def of(cls, content: VersionContent) -> OpenedDocumentVersion:
        return cls(version=content.version, json=JSON(content.roots))  # type: ignore[arg-type]


@strawberry.type(description="What an edit became.")
class DocumentEdit:
    file: FileType = strawberry.field(description="The document's file.")
    seq: BigInt = strawberry.field(description="The change it became, or the last one when it changed nothing.")

    @classmethod
    def of(cls, file: File, seq: int) -> DocumentEdit:
        return cls(file=file, seq=BigInt(seq))  # type: ignore[arg-type]
