"""Read files."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.access import parse_id, target_tenant
from domain.files.access import get_file
from domain.files.queries import FileSort, count_files, list_files
from domain.models.file import File
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.inputs import FileFilterInput, FileOrder
from gateway.graphql.files.listing import FilesPage, position_in
from gateway.graphql.files.types import FileType
from gateway.graphql.paging import DEFAULT_FIRST, After, Connection, Direction, First, page_request

FileId = Annotated[strawberry.ID, strawberry.argument(description="The file's id, or its publicId.")]
OfTenant = Annotated[
    strawberry.ID | None, strawberry.argument(description="The tenant whose files are meant; null: your own.")
]
Filter = Annotated[FileFilterInput | None, strawberry.argument(description="Which of them; null: those in the drive.")]
OrderBy = Annotated[FileOrder, strawberry.argument(description="What the list is ordered by.")]
Way = Annotated[
    Direction | None,
    strawberry.argument(description="Which way; null: names from the first on, times from the latest on."),
]


@strawberry.type
class FileQueries:
    @root(FileType | None, "One file. NOT_FOUND: none that you may read.")
    async def file(self, info: Info, id: FileId) -> File:
        return await get_file(info.context.ports, info.context.actor, id)

    @root(Connection[FileType] | None, "The files of a tenant that you may read, page by page.")
    async def files(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        filter: Filter = None,
        order_by: OrderBy = FileOrder.CREATED_AT,
        direction: Way = None,
        tenant_id: OfTenant = None,
    ) -> FilesPage:
        ports, actor = info.context.ports, info.context.actor
        page_request(info, first, after)
        tenant = target_tenant(actor, None if tenant_id is None else parse_id(tenant_id, "tenant"))
        wanted, sort = (filter or FileFilterInput()).to_filter(), FileSort(str(order_by.value))
        found = await list_files(
            ports,
            actor,
            tenant,
            wanted,
            sort=sort,
            descending=None if direction is None else direction is Direction.DESC,
            first=first,
            after=position_in(after, sort),
        )
        return FilesPage(found, sort, after is not None, lambda: count_files(ports, actor, tenant, wanted))
