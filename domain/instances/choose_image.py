"""Which image a new instance starts from."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, may
from domain.errors import Forbidden, InvalidInput, NotFound, Unsupported
from domain.images.queries import get_image, visible_images
from domain.instances.spec import DeploySpec
from domain.models.image import Image


async def choose_image(actor: Actor, spec: DeploySpec, tenant_id: UUID) -> tuple[Image | None, str]:
    """The catalogue entry (None for a bare reference) and the engine's reference.

    InvalidInput: no such image. Forbidden: a bare reference without instances:any_image. Unsupported: it may run
    nowhere as it stands.
    """
    image = await _catalogue_image(actor, spec)
    if image is None and spec.image_ref is None:
        raise InvalidInput("There is no such image.", field="image")
    if image is None:
        assert spec.image_ref is not None
        if not may(actor, "instances:any_image", tenant_id):
            raise Forbidden("Only images of the catalogue may be used here.", scope="instances:any_image")
        if not spec.image_ref.strip() or len(spec.image_ref) > 255 or any(c.isspace() for c in spec.image_ref):
            raise InvalidInput("That is not an image reference.", field="image")
        return None, spec.image_ref
    if image.tenant_id is not None and image.tenant_id != tenant_id:
        raise InvalidInput("There is no such image.", field="image")
    if image.drivers == ["process"] and not image.process_runnable:
        raise Unsupported("This image may not run as a process.", field="image")
    same_engine_image = spec.image_name is not None and spec.image_ref is not None and actor.is_platform
    return image, (spec.image_ref or image.ref) if same_engine_image and not image.process_runnable else image.ref


async def _catalogue_image(actor: Actor, spec: DeploySpec) -> Image | None:
    if spec.image_id is not None:
        try:
            return await get_image(actor, spec.image_id)
        except NotFound as exc:
            raise InvalidInput("There is no such image.", field="image_id") from exc
    named = await visible_images(actor).filter(name=spec.image_name).first() if spec.image_name else None
    if named is None and spec.image_ref is not None:
        return await visible_images(actor).filter(ref=spec.image_ref).order_by("created_at", "id").first()
    return named
