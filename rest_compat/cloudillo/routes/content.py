"""Bytes of files: upload, download, one variant, the descriptor, and the tenant's own pictures."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from domain.errors import NotFound
from domain.files.activity import note_opened
from domain.files.content import Content, open_content, open_variant, read_descriptor
from domain.files.details import describe_files
from domain.files.set_picture import Picture, set_picture
from domain.files.upload import upload
from rest_compat._kit import Call, Endpoint, Told
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.downloads import send_content
from rest_compat.cloudillo.schemas.content import (
    ContentQuery,
    DescriptorOut,
    ExistingOut,
    PictureOut,
    UploadOut,
    UploadQuery,
)
from rest_compat.cloudillo.uploads import announced_bytes, body_chunks

NOTED_EVERY = timedelta(minutes=1)


async def upload_file(call: Call[None]) -> Told:
    """POST /api/files/{preset}/{file_name}: raw bytes become a file; 200 instead of 201 when the content is there."""
    query: UploadQuery = call.query
    request = call.request
    declared = request.headers.get("content-type") or None
    spec = query.to_spec(call.path["preset"], call.path["file_name"], declared, announced_bytes(request))
    done = await upload(call.ports, call.actor, spec, body_chunks(request), tenant_id=call.tenant.id)
    if not done.existed:
        return Told(UploadOut.of(done), status=201)
    [details] = await describe_files(call.ports, call.actor, [done.file])
    return Told(ExistingOut.of(details), status=200)


async def download_file(call: Call[None]) -> Response:
    """GET /api/files/{id}: the bytes of the variant that serves best."""
    query: ContentQuery = call.query
    content = await open_content(call.ports, call.actor, call.path["id"], query.to_wanted(), tenant_id=call.tenant.id)
    response = await send_content(call.request, content)
    if response.status_code == 200 and call.request.method == "GET":
        await _note(call, content)
    return response


async def download_variant(call: Call[None]) -> Response:
    """GET /api/files/variant/{variant_id}: the bytes of that id, for whoever may read a file that has them."""
    variant_id = call.path["variant_id"]
    if not variant_id.startswith("b1~"):
        raise NotFound("There is no such variant.")
    content = await open_variant(call.ports, call.actor, variant_id, tenant_id=call.tenant.id)
    return await send_content(call.request, content)


async def get_descriptor(call: Call[None]) -> DescriptorOut:
    """GET /api/files/{id}/descriptor: what the file consists of."""
    found = await read_descriptor(call.ports, call.actor, call.path["id"], tenant_id=call.tenant.id)
    return DescriptorOut.of(found)


async def put_image(call: Call[None]) -> PictureOut:
    """PUT /api/me/image: the tenant's picture."""
    return await _put_picture(call, Picture.PROFILE)


async def put_cover(call: Call[None]) -> PictureOut:
    """PUT /api/me/cover: the tenant's cover."""
    return await _put_picture(call, Picture.COVER)


async def _put_picture(call: Call[None], picture: Picture) -> PictureOut:
    done = await set_picture(
        call.ports,
        call.actor,
        picture,
        body_chunks(call.request),
        content_type=call.request.headers.get("content-type"),
        tenant_id=call.tenant.id,
        announced_bytes=announced_bytes(call.request),
    )
    return PictureOut.of(done, picture)


async def _note(call: Call[None], content: Content) -> None:
    """Who opened it; pages that show one picture many times count once a minute."""
    last = content.file.accessed_at
    if call.actor.user_id is not None and (last is None or last + NOTED_EVERY < call.ports.clock.now()):
        await note_opened(call.ports, call.actor, content.file)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/api/files/{preset}/{file_name}",
        handler=upload_file,
        success=say.data(UploadOut, "The file, new", status=201),
        query=UploadQuery,
        streams=True,
        tag="Files",
    ),
    Endpoint(
        method="GET",
        path="/api/files/{id}",
        handler=download_file,
        success=say.raw("The bytes, or the part of them that Range asks for"),
        query=ContentQuery,
        guests=True,
        forgiving=True,
        tag="Files",
    ),
    Endpoint(
        method="GET",
        path="/api/files/variant/{variant_id}",
        handler=download_variant,
        success=say.raw("The bytes, or the part of them that Range asks for"),
        guests=True,
        forgiving=True,
        tag="Files",
    ),
    Endpoint(
        method="GET",
        path="/api/files/{id}/descriptor",
        handler=get_descriptor,
        success=say.data(DescriptorOut, "What the file consists of"),
        guests=True,
        forgiving=True,
        tag="Files",
    ),
    Endpoint(
        method="PUT",
        path="/api/me/image",
        handler=put_image,
        success=say.data(PictureOut, "The tenant's picture"),
        streams=True,
        tag="Profile",
    ),
    Endpoint(
        method="PUT",
        path="/api/me/cover",
        handler=put_cover,
        success=say.data(PictureOut, "The tenant's cover"),
        streams=True,
        tag="Profile",
    ),
)
