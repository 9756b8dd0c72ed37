"""Watch files. Whoever reads slowly finds the newest state, not all that led to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from domain.access import parse_id, require, target_tenant
from domain.errors import Forbidden, QuotaExceeded
from domain.events import file_topic
from domain.files.access import get_file, may_see_all
from domain.files.file_filter import FileFilter
from domain.files.queries import LONGEST_PAGE, FilePosition, list_files
from domain.jobs.feed import Match
from domain.models.file import File, FilePlace
from gateway.graphql.context import Context, Info
from gateway.graphql.fields import stream
from gateway.graphql.files.payload import Watched, file_of_payload
from gateway.graphql.files.queries import FileId, OfTenant
from gateway.graphql.files.types import FileKindEnum, FilePlaceEnum, FileType
from gateway.graphql.sharing import Sharing
from gateway.graphql.states import Watch, states

MOST_WATCHED = 5_000
CHANGED, ACCESS, PURGED = frozenset({"FileChanged"}), frozenset({"FileAccessChanged"}), frozenset({"FilePurged"})
Place = Annotated[FilePlaceEnum, strawberry.argument(description="Those lying there.")]
Parent = Annotated[strawberry.ID | None, strawberry.argument(description="Those in this folder; null: anywhere.")]
Kinds = Annotated[list[FileKindEnum] | None, strawberry.argument(description="Those of these kinds; null: of all.")]


@strawberry.type
class FileSubscriptions:
    @stream(
        FileType,
        "The file as it is, then after every change of it or of your rights; the newest counts. Ends when it is "
        "purged, with NOT_FOUND when it is no longer yours to see.",
        shared=Sharing.PERSON,
    )
    async def file_changed(self, info: Info, id: FileId) -> AsyncGenerator[File, None]:
        context = info.context
        known = await get_file(context.ports, context.actor, id)
        match = Match(topics=frozenset({file_topic(known.id)}))

        async def present() -> list[File]:
            return [await get_file(context.ports, context.actor, known.id)]

        watch = Watch(present, file_of_payload, names=CHANGED, rereads=ACCESS, ends=PURGED)
        async with context.house.feed.subscribe(match, latest_per_topic=True) as changes:
            async for file in states(context.audience, changes, watch):
                yield file

    @stream(
        FileType,
        "Each of these files of a tenant as it is, then every one of them after every change; the newest counts. One "
        "that ceases to be one of them comes once more, so that it can be dropped; what is purged from the trash is "
        "told by events. Needs files:read.",
        shared=Sharing.PERSON,
    )
    async def files_changed(
        self,
        info: Info,
        tenant_id: OfTenant = None,
        place: Place = FilePlace.DRIVE,
        parent_id: Parent = None,
        kinds: Kinds = None,
    ) -> AsyncGenerator[File, None]:
        context, actor = info.context, info.context.actor
        tenant = target_tenant(actor, None if tenant_id is None else parse_id(tenant_id, "tenant"))
        require(actor, "files:read", tenant)
        if not may_see_all(actor, tenant):
            raise Forbidden("This needs the right files:read.", scope="files:read")
        folder = None
        if parent_id is not None:
            folder = (await get_file(context.ports, actor, parent_id, tenant_id=tenant)).id
        wanted = Watched(place, folder, None if kinds is None else frozenset(kinds))
        match = Match(nouns=frozenset({"file"}), tenants=frozenset({tenant}))

        async def present() -> list[File]:
            filters = FileFilter(place=place, parent=folder, kinds=None if kinds is None else tuple(kinds))
            return await _all(context, filters, tenant)

        watch = Watch(present, file_of_payload, wanted.wants, names=CHANGED)
        async with context.house.feed.subscribe(match, latest_per_topic=True) as changes:
            async for file in states(context.audience, changes, watch):
                yield file


async def _all(context: Context, filters: FileFilter, tenant_id: object) -> list[File]:
    """QuotaExceeded: more than can be watched together."""
    found: list[File] = []
    after: FilePosition | None = None
    while True:
        page = await list_files(
            context.ports, context.actor, parse_id(tenant_id, "tenant"), filters, first=LONGEST_PAGE, after=after
        )
        found += page.items
        if (after := page.next) is None:
            return found
        if len(found) >= MOST_WATCHED:
            raise QuotaExceeded(f"At most {MOST_WATCHED} files can be watched together.", limit=MOST_WATCHED)
