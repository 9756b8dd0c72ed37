"""Write migrations: Tortoise's detector, without what makes its files fragile.

Left out of the files: docstrings as SQL comments (a semicolon in one splits the statement on SQLite), Python
defaults of ours and enum classes (a migration must not change when the code it once imported does). Said explicitly:
a primary key that is not generated. Still to be read by hand: a rename may come as remove and add, and a NOT NULL
column needs db_default.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tortoise import fields
from tortoise.context import TortoiseContext
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.writer import MigrationWriter, format_migration_name
from tortoise.models import Model

from gateway.database import MIGRATIONS, tortoise_config

APPS: dict[str, dict[str, Any]] = tortoise_config("sqlite://:memory:")["apps"]
_PLAIN_KEY = re.compile(r"(fields\.(?:Small|Big)?IntField)\(primary_key=True")


class _Detector(MigrationAutodetector):
    def _current_state(self) -> State:
        state = super()._current_state()
        for model in state.models.values():
            _simplify(model)
        return state


def _simplify(model: ModelState) -> None:
    model.options.pop("table_description", None)
    model.description = ""
    model.bases = (Model,)
    for name, field in model.fields.items():
        field.description = None
        if isinstance(field, CharEnumFieldInstance):
            model.fields[name] = _plain_text(field)
        elif getattr(field.default, "__module__", "").startswith("domain."):
            field.default = None


def _plain_text(field: CharEnumFieldInstance) -> Any:
    default = getattr(field.default, "value", None)
    options: dict[str, Any] = {"null": field.null, "default": default}
    plain: Any = fields.CharField(max_length=field.max_length, **options)
    plain.model_field_name = field.model_field_name
    return plain


async def changes() -> list[MigrationWriter]:
    """What the models have that no migration makes; empty when they agree."""
    context = TortoiseContext()
    async with context:
        await context.init(config=tortoise_config("sqlite://:memory:"))
        assert context.apps is not None
        return await _Detector(context.apps, APPS).changes()


async def write_migration(name: str, *, fresh: bool = False) -> Path | None:
    """Write a migration for what changed in the models; None when nothing did.

    fresh: remove all there are and write 0001 anew, which is right only as long as nothing has been released.
    """
    if fresh:
        for old in migrations_folder().glob("[0-9]*.py"):
            old.unlink()
    writers = await changes()
    if not writers:
        return None
    writer = writers[0]
    writer.name = format_migration_name(int(writer.name.split("_", 1)[0]), name)
    path = migrations_folder() / f"{writer.name}.py"
    path.write_text(_PLAIN_KEY.sub(r"\1(generated=False, primary_key=True", writer.as_string()), encoding="utf-8")
    return path


def migrations_folder() -> Path:
    from importlib import import_module

    return Path(next(iter(import_module(MIGRATIONS).__path__)))
