"""Which image a new instance starts from."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, may
from domain.errors import Forbidden, InvalidInput, NotFound, Unsupported
from domain.images.queries import get_image, visible_images
from domain.instances.spec import DeploySpec
from domain.models.image import Image

NAME_LENGTH = 100
REF_LENGTH = 255


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
        return None, _checked_ref(spec.image_ref)
    if image.tenant_id is not None and image.tenant_id != tenant_id:
        raise InvalidInput("There is no such image.", field="image")
    if image.drivers == ["process"] and not image.process_runnable:
        raise Unsupported("This image may not run as a process.", field="image")
    if spec.image_name is None or not spec.image_ref or not actor.is_platform or image.process_runnable:
        return image, image.ref
    return image, _checked_ref(spec.image_ref)


def _checked_ref(ref: str) -> str:
    if not ref.strip() or len(ref) > REF_LENGTH or any(c.isspace() or not c.isprintable() for c in ref):
        raise InvalidInput("That is not an image reference.", field="image")
    return ref


async def _catalogue_image(actor: Actor, spec: DeploySpec) -> Image | None:
    if spec.image_id is not None:
        try:
            return await get_image(actor, spec.image_id)
        except NotFound as exc:
            raise InvalidInput("There is no such image.", field="image_id") from exc
    findable = spec.image_name and len(spec.image_name) <= NAME_LENGTH
    named = await visible_images(actor).filter(name=spec.image_name).first() if findable else None
    if named is None and spec.image_ref is not None and len(spec.image_ref) <= REF_LENGTH:
        return await visible_images(actor).filter(ref=spec.image_ref).order_by("created_at", "id").first()
    return named
