"""`gatehouse worker`: runs operations, and nothing else."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.house import settings_of

if TYPE_CHECKING:
    from gateway.settings import Settings


def add_to(app: typer.Typer) -> None:
    app.command()(worker)


def worker(
    context: typer.Context,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the data (GATEHOUSE_DATA_DIR).")] = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Operations at a time (GATEHOUSE_WORKER_CONCURRENCY).", min=1)
    ] = None,
) -> None:
    """Run operations beside gateways that serve with --no-worker, on the same database.

    \b
      gatehouse worker
      gatehouse worker --concurrency 32
    """
    import uvloop

    from gateway.http.logs import configure_logs

    settings = settings_of(context, data_dir=data_dir, worker_concurrency=concurrency)
    configure_logs(settings.log_format, settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings))


async def _work(settings: Settings) -> None:
    from gateway.running import Running
    from gateway.wiring import wire

    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told_to_stop.set)
    async with wire(settings) as house:
        running = Running(house, embed_worker=True, serve=False)
        await running.recover()
        await running.start()
        print(f"Gatehouse {house.version} works as {house.name}", flush=True)
        await told_to_stop.wait()
        await running.stop()
