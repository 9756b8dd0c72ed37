"""`gatehouse`: the groups of commands, and how a fault is said: one line on stderr, never a traceback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import doctor, image, migrate, node, schema, seed, serve, settings, tenant, token, user, worker
from gateway.cli.house import Options
from gateway.faults import StartupError

HELP = """Gatehouse: a self-hosted cloud control plane.

Start it, then manage it from another terminal:

  gatehouse serve

  gatehouse doctor

  gatehouse token create --door graphql --user owner

Settings come from GATEHOUSE_* variables, .env and gatehouse.toml; `gatehouse settings` lists them all.
"""

app = typer.Typer(
    help=HELP, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
)
for module in (serve, worker, migrate, schema, settings, doctor):
    module.add_to(app)
for group in (user, tenant, token, node, image, seed):
    app.add_typer(group.app)


@app.callback()
def options(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the data; the same as GATEHOUSE_DATA_DIR.", metavar="DIR")
    ] = None,
) -> None:
    context.obj = Options(data_dir=data_dir)


def main() -> None:
    """The entry point. Exit code 1: it could not be done; 2: it was called wrongly."""
    try:
        app(prog_name="gatehouse")
    except StartupError as fault:
        sys.stderr.write(f"gatehouse: {fault}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
