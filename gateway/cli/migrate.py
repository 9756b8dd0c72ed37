"""`gatehouse migrate`: bring the database up to date; for developers, write a migration."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from gateway.cli.house import CommandError, settings_of


def add_to(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(
    context: typer.Context,
    write: Annotated[
        str | None, typer.Option(help="For developers: write a migration of this name for what the models changed.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="With --write: replace all migrations (before the first release only).")
    ] = False,
) -> None:
    """Bring the database up to date. serve and worker do this by themselves; running it twice changes nothing.

    \b
      gatehouse migrate
      GATEHOUSE_DATABASE_URL=postgresql://gatehouse@db/gatehouse gatehouse migrate
    """
    if write is not None:
        _write(write, fresh)
        return
    from gateway.migrate import migrate as bring_up_to_date
    from gateway.secret_key import data_folder

    settings = settings_of(context)
    data_folder(settings)
    done = asyncio.run(bring_up_to_date(settings.database))
    print("\n".join(f"applied {name}" for name in done) if done else "The database is up to date.")


def _write(name: str, fresh: bool) -> None:
    from gateway.migration_author import write_migration

    path = asyncio.run(write_migration(name, fresh=fresh))
    if path is None:
        raise CommandError("the models say nothing that the migrations do not")
    print(f"{path}\nRead it before you commit it: a rename may have come out as remove and add.")
