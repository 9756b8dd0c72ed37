"""`gatehouse serve`: the gateway, with its worker unless told otherwise."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.house import settings_of


def add_to(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on (GATEHOUSE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: a free one (GATEHOUSE_PORT).")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the data (GATEHOUSE_DATA_DIR).")] = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Leave operations to `gatehouse worker`.")] = False,
) -> None:
    """Serve every door.

    The first start makes an owner, a node, images and keys, and shows them once.

    \b
      gatehouse serve
      gatehouse serve --host 0.0.0.0 --port 8000 --data-dir /var/lib/gatehouse
    """
    import uvloop

    from gateway.app import create_app
    from gateway.http.logs import configure_logs
    from gateway.server import listen
    from gateway.server import serve as serve_on

    worker = False if no_worker else None
    settings = settings_of(context, host=host, port=port, data_dir=data_dir, worker=worker)
    configure_logs(settings.log_format, settings.log_level)
    listener = listen(settings.host, settings.port, settings.sockets)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    app = create_app(settings)

    def ready() -> None:
        sys.stdout.write(f"Gatehouse {app.state.house.version} serves {settings.address()}\n")
        sys.stdout.flush()

    with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_on(app, settings, listener, ready))
