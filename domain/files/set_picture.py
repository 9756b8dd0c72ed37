"""Give a tenant its picture or cover: an image that everybody may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from uuid import UUID

from domain.access import Actor, require
from domain.errors import InvalidInput
from domain.events import tenant_changed
from domain.files.changing import locked_file, save_file
from domain.files.upload import Uploaded, UploadSpec, upload
from domain.media.kinds import DECODABLE, bare_type
from domain.models.file import File, Visibility
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.unit import unit_of_work


class Picture(StrEnum):
    """Which of the two; as the preset it is made by."""

    PROFILE = "profile-picture"
    COVER = "cover"


async def set_picture(
    ports: Ports,
    actor: Actor,
    picture: Picture,
    chunks: AsyncIterator[bytes],
    *,
    content_type: str | None,
    tenant_id: UUID,
    announced_bytes: int | None = None,
) -> Uploaded:
    """The file, public and outside the user's folders; the tenant names it from now on.

    Needs tenants:write. InvalidInput: no image that we can read. TooLarge: limits.picture_body_bytes. Errors of upload.
    """
    require(actor, "tenants:write", tenant_id)
    if bare_type(content_type) not in DECODABLE:
        raise InvalidInput("The body must be an image.", field="content_type")
    spec = UploadSpec(
        name=picture.value,
        content_type=content_type,
        preset=picture.value,
        visibility=Visibility.PUBLIC,
        managed=True,
        file_bytes=ports.limits.picture_body_bytes,
        announced_bytes=announced_bytes,
        is_picture=True,
    )
    done = await upload(ports, actor, spec, chunks, tenant_id=tenant_id)
    await _name(ports, done.file, picture)
    return done


async def _name(ports: Ports, uploaded: File, picture: Picture) -> None:
    async with unit_of_work(ports) as unit:
        # By now its variants may be there, and its final id with them: the file first, as the job that makes them.
        file = await locked_file(uploaded.id)
        tenant = await Tenant.filter(id=uploaded.tenant_id).select_for_update().get()
        if file.visibility is not Visibility.PUBLIC:
            file.visibility = Visibility.PUBLIC
            await save_file(unit, file)
        if picture is Picture.PROFILE:
            tenant.picture_file_id = file.public_id
        else:
            tenant.cover_file_id = file.public_id
        await tenant.save(update_fields=["picture_file_id", "cover_file_id"])
        unit.emit(tenant_changed(tenant))
