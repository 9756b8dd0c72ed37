"""Tags."""

from __future__ import annotations

from domain.tags.add_tag import add_tag
from domain.tags.queries import MOST_LISTED
from domain.tags.queries import list_tags as find_tags
from domain.tags.remove_tag import remove_tag
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.schemas.tags import FileTagsOut, TagListOut, TagOut, TagsQuery

PAGE = 100


async def put_tag(call: Call[None]) -> FileTagsOut:
    """PUT /api/files/{id}/tag/{tag}: the file has the tag; all of its tags."""
    tags = await add_tag(call.ports, call.actor, call.path["id"], call.path["tag"], tenant_id=call.tenant.id)
    return FileTagsOut(tags=tags)


async def delete_tag(call: Call[None]) -> FileTagsOut:
    """DELETE /api/files/{id}/tag/{tag}: the file does not have the tag; all of its tags."""
    tags = await remove_tag(call.ports, call.actor, call.path["id"], call.path["tag"], tenant_id=call.tenant.id)
    return FileTagsOut(tags=tags)


async def list_tags(call: Call[None]) -> TagListOut:
    """GET /api/tags: the tags of the files that the caller sees."""
    query: TagsQuery = call.query
    limit = next((given for given in (query.limit, query.limit_) if given is not None), PAGE)
    found = await find_tags(
        call.ports,
        call.actor,
        call.tenant.id,
        prefix=query.prefix or None,
        first=min(limit, MOST_LISTED),
    )
    return TagListOut(tags=[TagOut.of(one, with_count=query.with_counts) for one in found])


TAG = "Tags"
ENDPOINTS = (
    Endpoint(
        method="PUT",
        path="/api/files/{id}/tag/{tag}",
        handler=put_tag,
        success=say.data(FileTagsOut, "The file's tags now"),
        tag=TAG,
    ),
    Endpoint(
        method="DELETE",
        path="/api/files/{id}/tag/{tag}",
        handler=delete_tag,
        success=say.data(FileTagsOut, "The file's tags now"),
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/tags",
        handler=list_tags,
        success=say.data(TagListOut, "Tags"),
        query=TagsQuery,
        tag=TAG,
    ),
)
