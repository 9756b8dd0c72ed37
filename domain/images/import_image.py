"""Import an image from a document: a Skyport "egg" (capitalised keys), or our own shape (ImageSpec's names)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from domain.access import Actor
from domain.errors import Conflict, InvalidInput
from domain.events import image_changed
from domain.images.create_image import TEXTS, ImageSpec, check_image, columns_of, create_image, require_to_write
from domain.models.image import Image
from domain.ports import Ports
from domain.unit import unit_of_work

OWN_NAMES = frozenset(field.name for field in fields(ImageSpec)) - {"definition", "tenant_id"}


async def import_image(ports: Ports, actor: Actor, definition: Mapping[str, Any]) -> Image:
    """Save the image a document describes; a shared one of the same name is replaced, keeping its id.

    InvalidInput: neither shape, or a value of the wrong kind.
    """
    spec = spec_of(definition)
    require_to_write(actor, spec)
    check_image(spec)
    existing = await Image.get_or_none(name=spec.name.strip(), tenant_id=None)
    if existing is None:
        return await create_image(ports, actor, spec)
    async with unit_of_work(ports) as unit:
        image = await Image.filter(id=existing.id).select_for_update().get_or_none()
        if image is None:
            raise Conflict("The image was deleted just now; import it again.", field="name")
        await image.update_from_dict(columns_of(spec)).save()
        await unit.audit(actor, "image.replaced", subject=str(image.id), name=image.name)
        unit.emit(image_changed(image))
    return image


def spec_of(definition: Mapping[str, Any]) -> ImageSpec:
    """What a document says, in our words."""
    if "Image" in definition and "Name" in definition:
        return _from_egg(definition)
    unknown = sorted(set(definition) - OWN_NAMES)
    if unknown or not {"name", "ref"} <= set(definition):
        told = f" Unknown: {', '.join(unknown)}." if unknown else ""
        raise InvalidInput(f"An image document needs Name and Image, or name and ref.{told}", field="definition")
    return _checked(dict(definition))


def _from_egg(egg: Mapping[str, Any]) -> ImageSpec:
    command = egg.get("Cmd")
    return _checked(
        {
            "name": egg["Name"],
            "ref": egg["Image"],
            "description": egg.get("Description") or "",
            "author": egg.get("Author") or "",
            "author_name": egg.get("AuthorName") or "",
            "command": command.split() if isinstance(command, str) else command,
            "env": _env_of(egg.get("Env") or []),
            "variables": egg.get("Variables") or {},
            "stop_command": egg.get("StopCommand"),
            "definition": dict(egg),
        }
    )


def _env_of(entries: Any) -> dict[str, str]:
    if not isinstance(entries, list) or not all(isinstance(e, str) and "=" in e for e in entries):
        raise InvalidInput('Env is a list of "KEY=value".', field="Env")
    return dict(entry.split("=", 1) for entry in entries)


def _checked(values: dict[str, Any]) -> ImageSpec:
    values = {name: value for name, value in values.items() if value is not None}
    for name in TEXTS:
        if not isinstance(values.get(name, ""), str) or (name in ("name", "ref") and name not in values):
            raise InvalidInput(f"{name} must be text.", field=name)
    for name in ("env", "variables"):
        if not isinstance(values.get(name, {}), Mapping):
            raise InvalidInput(f"{name} must be an object.", field=name)
    for name in ("command", "drivers"):
        listed = values.get(name, [])
        if not (isinstance(listed, list) and all(isinstance(v, str) for v in listed)):
            raise InvalidInput(f"{name} must be a list of texts.", field=name)
    port = values.get("primary_port")
    if port is not None and (not isinstance(port, int) or isinstance(port, bool)):
        raise InvalidInput("primary_port must be a whole number.", field="primary_port")
    if not isinstance(values.get("process_runnable", False), bool):
        raise InvalidInput("process_runnable must be true or false.", field="process_runnable")
    return ImageSpec(**values)
