"""Images: Skyport's "egg" documents."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from domain.models.image import Image

VERSION = {"Version": "Skyport Images v2"}


class ImageOut(Struct, kw_only=True):
    """An egg. What else stood in the imported document is kept verbatim."""

    Image: str
    Cmd: list[str] | str | None
    Env: list[str]
    Scripts: dict[str, Any]
    Name: str
    Description: str
    Author: str
    AuthorName: str
    Meta: dict[str, Any]
    Variables: dict[str, Any] | list[Any]
    AltImages: list[Any]
    StopCommand: str | None
    Id: str


def image_out(image: Image) -> dict[str, Any]:
    """The imported document with what it lacks filled in; its Id is ours."""
    plain: dict[str, Any] = {
        "Image": image.ref,
        "Cmd": image.command,
        "Env": [f"{name}={value}" for name, value in image.env.items()],
        "Scripts": {"Install": []},
        "Name": image.name,
        "Description": image.description,
        "Author": image.author,
        "AuthorName": image.author_name,
        "Meta": VERSION,
        "Variables": image.variables,
        "AltImages": [],
        "StopCommand": image.stop_command,
    }
    known = image.definition
    return {**known, **{name: value for name, value in plain.items() if name not in known}, "Id": str(image.id)}
