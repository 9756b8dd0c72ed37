"""`gatehouse node`: hosts on which instances run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gateway.cli.find import find_node
from gateway.cli.house import CommandError, in_house, show, system

if TYPE_CHECKING:
    from domain.models.node import Node
    from gateway.wiring import House

app = typer.Typer(name="node", help="Hosts on which instances run.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    context: typer.Context,
    name: str,
    driver: Annotated[Literal["docker", "process", "memory"], typer.Option(help="What runs the instances.")] = "docker",
    address: Annotated[str, typer.Option(help="Its engine: unix:///path or tcp://host:port.")] = "",
    region: Annotated[str, typer.Option(help="Where it stands, for placement.")] = "local",
    public_host: Annotated[str, typer.Option(help="Where published ports are reached.")] = "127.0.0.1",
    tls_ca: Annotated[Path | None, typer.Option(help="PEM file of the engine's authority.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="PEM file of our certificate.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file of our key.")] = None,
) -> None:
    """Register a node and print its id. The key for configuring it is shown once, on stderr.

    \b
      gatehouse node add local
      gatehouse node add fra-1 --address tcp://10.0.0.7:2376 --region fra --public-host 198.51.100.7 \\
        --tls-ca ca.pem --tls-cert cert.pem --tls-key key.pem
    """
    pem = [_read(path) for path in (tls_ca, tls_cert, tls_key)]

    async def work(house: House) -> str:
        from domain.nodes.register_node import NodeSpec, register_node

        spec = NodeSpec(
            name=name,
            driver=driver,
            address=address,
            region=region,
            public_host=public_host,
            tls_ca=pem[0],
            tls_cert=pem[1],
            tls_key=pem[2],
        )
        made = await register_node(house.ports, system(), spec)
        sys.stderr.write(f"configure key: {made.configure_key}\n{_said(made.node)}\n")
        return str(made.node.id)

    print(in_house(context, work))


@app.command("list")
def list_nodes(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List nodes, as they were last seen."""

    async def work(house: House) -> list[dict[str, object]]:
        from domain.nodes.queries import all_nodes

        return [
            {
                "id": str(node.id),
                "name": node.name,
                "driver": node.driver,
                "region": node.region,
                "state": node.state.value,
                "reason": node.state_reason,
                "address": node.address or "(this machine)",
                "last seen": node.last_seen_at,
            }
            for node in await all_nodes(system())
        ]

    show(in_house(context, work), as_json=as_json)


@app.command()
def check(context: typer.Context, node: Annotated[str, typer.Argument(help="Name or id.")]) -> None:
    """Ask a node's engine whether it works. Exit code 1 when it does not.

    \b
      gatehouse node check local
    """

    async def work(house: House) -> Node:
        from domain.nodes.check_node import check_node

        return await check_node(house.ports, system(), (await find_node(node)).id)

    seen = in_house(context, work)
    print(_said(seen))
    if seen.state.value != "online":
        raise typer.Exit(1)


def _said(node: Node) -> str:
    if node.state_reason:
        return f"{node.name} is {node.state.value}: {node.state_reason}"
    gib = node.memory_bytes / 1024**3
    return f"{node.name} is {node.state.value}: {node.engine_version}, {node.cpu_millis / 1000:g} cores, {gib:.1f} GiB"


def _read(path: Path | None) -> str | None:
    try:
        return None if path is None else path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"{path} cannot be read: {exc}") from exc
