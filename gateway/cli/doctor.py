"""`gatehouse doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from gateway.cli.house import settings_of, show


def add_to(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check settings, data folder, disk, clock, database, Redis, storage, Docker and helpful programs. Changes nothing.

    Exit code 1 when something must be done.

    \b
      gatehouse doctor
    """
    from gateway.checkup import checkup

    findings = asyncio.run(checkup(settings_of(context)))
    if as_json:
        show([{"what": f.what, "verdict": f.verdict, "found": f.found, "do": f.remedy} for f in findings], as_json=True)
    else:
        for finding in findings:
            print(f"{finding.verdict:<5} {finding.what}: {finding.found}")
            if finding.remedy:
                print(f"      → {finding.remedy}")
    if any(finding.verdict == "fault" for finding in findings):
        raise typer.Exit(1)
