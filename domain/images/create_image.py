"""Add an image to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor, require
from domain.errors import Conflict, InvalidInput, NotFound
from domain.events import image_changed
from domain.instances.spec import check_env
from domain.limits import Limits
from domain.models.image import Image
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.text import check_kept
from domain.unit import unit_of_work

DRIVERS = ("docker", "process", "memory")
TEXTS: Mapping[str, int | None] = {
    "name": None,
    "ref": None,
    "description": None,
    "author": 254,
    "author_name": 100,
    "stop_command": 255,
}


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """name: unique. ref: the engine's reference. drivers: where it runs. process_runnable with command: a program that
    the process driver may run ({python} and {images} are filled in). tenant_id None: shared with everybody."""

    name: str
    ref: str
    description: str = ""
    author: str = ""
    author_name: str = ""
    drivers: Sequence[str] = ("docker",)
    process_runnable: bool = False
    command: Sequence[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    primary_port: int | None = None
    stop_command: str | None = None
    definition: Mapping[str, Any] = field(default_factory=dict)
    tenant_id: UUID | None = None


async def create_image(ports: Ports, actor: Actor, spec: ImageSpec) -> Image:
    """Save an image. Shared ones and process-runnable ones need catalogue:write, a tenant's own images:write there.

    InvalidInput: empty name or ref, unknown driver, a port outside 1..65535. Conflict: the name is taken.
    """
    require_to_write(actor, spec)
    check_image(spec)
    if spec.tenant_id is not None and not await Tenant.exists(id=spec.tenant_id):
        raise NotFound("There is no such tenant.", id=str(spec.tenant_id))
    try:
        async with unit_of_work(ports) as unit:
            image = await Image.create(**columns_of(spec))
            await unit.audit(actor, "image.created", subject=str(image.id), name=image.name)
            unit.emit(image_changed(image))
    except IntegrityError as exc:
        raise Conflict("There is an image of this name already.", field="name") from exc
    return image


def require_to_write(actor: Actor, spec: ImageSpec) -> None:
    """A tenant never decides what runs outside a container."""
    if spec.tenant_id is None or spec.process_runnable:
        require(actor, "catalogue:write")
    else:
        require(actor, "images:write", spec.tenant_id)


def check_image(spec: ImageSpec) -> None:
    for name, longest in TEXTS.items():
        check_kept(getattr(spec, name), name, longest)
    for name in ("env", "variables", "definition", "command"):
        check_kept(getattr(spec, name), name)
    _check_env(spec.env)
    if not spec.name.strip() or len(spec.name) > 100:
        raise InvalidInput("An image's name has 1 to 100 characters.", field="name")
    if not spec.ref.strip() or len(spec.ref) > 255 or any(c.isspace() for c in spec.ref):
        raise InvalidInput("An image's ref has 1 to 255 characters and no spaces.", field="ref")
    unknown = [driver for driver in spec.drivers if driver not in DRIVERS]
    if unknown or not spec.drivers:
        raise InvalidInput(f"drivers are {', '.join(DRIVERS)}.", field="drivers")
    if spec.process_runnable and not spec.command:
        raise InvalidInput("An image that runs as a process needs its command.", field="command")
    if spec.primary_port is not None and not 1 <= spec.primary_port <= 65535:
        raise InvalidInput("A port is between 1 and 65535.", field="primary_port")


def _check_env(env: Mapping[str, Any]) -> None:
    """What no instance could be made with is refused here already."""
    if not all(isinstance(value, str) for value in env.values()):
        raise InvalidInput("The values of env are texts.", field="env")
    check_env(env, Limits())


def columns_of(spec: ImageSpec) -> dict[str, Any]:
    return {
        "tenant_id": spec.tenant_id,
        "name": spec.name.strip(),
        "ref": spec.ref.strip(),
        "description": spec.description,
        "author": spec.author,
        "author_name": spec.author_name,
        "drivers": list(spec.drivers),
        "process_runnable": spec.process_runnable,
        "command": list(spec.command) if spec.command else None,
        "env": dict(spec.env),
        "variables": dict(spec.variables),
        "primary_port": spec.primary_port,
        "stop_command": spec.stop_command,
        "definition": dict(spec.definition),
    }
