"""`gatehouse image`: what instances start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.house import CommandError, in_house, system

if TYPE_CHECKING:
    from gateway.wiring import House

app = typer.Typer(name="image", help="What instances start from.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def images() -> None:
    """What instances start from."""


@app.command("import")
def import_images(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="A JSON file: one definition, or a list.")]
) -> None:
    """Import image definitions (Skyport's images, or our own shape); one of the same name is replaced.

    \b
      gatehouse image import paper.json
    """
    definitions = read_definitions(file)

    async def work(house: House) -> list[str]:
        from domain.images.import_image import import_image

        made = [await import_image(house.ports, system(), definition) for definition in definitions]
        return [f"{image.id}  {image.name}" for image in made]

    print("\n".join(in_house(context, work)))


def read_definitions(file: Path) -> list[dict[str, Any]]:
    """One definition or several, as objects. CommandError: no such file, or not such JSON."""
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise CommandError(f"{file} cannot be read: {exc}") from exc
    found = read if isinstance(read, list) else [read]
    if not found or not all(isinstance(definition, dict) for definition in found):
        raise CommandError(f"{file} holds no image definition (a JSON object, or a list of them)")
    return found
