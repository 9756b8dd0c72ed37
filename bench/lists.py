"""A GraphQL list of 50 rows with 8 fields: CPU of the server per request."""

from __future__ import annotations

import asyncio
import json

from bench.processes import Server, graphql

CONNECTIONS, REQUESTS, WARM_UP = 16, 1500, 200
FIELDS = "id name state memoryBytes cpuMillis suspended revision createdAt"
DEPLOY = """mutation ($name: String!) {
  deployInstance(input: {name: $name, imageName: "gatehouse/static-site", memoryBytes: 67108864, cpuMillis: 10}) {
    instance { id }
  }
}"""


async def list_of_people(server: Server) -> float:
    """Microseconds per request of a peer, whose rows lie in memory."""
    return await _cost(server, {"query": f"{{ people {{ {FIELDS} }} }}"}, "")


async def list_of_instances(server: Server) -> float:
    """The same of Gatehouse, whose rows come from the database."""
    for number in range(50):
        await graphql(server, DEPLOY, name=f"bench {number}")
    query = f"{{ instances(first: 50) {{ nodes {{ {FIELDS} }} }} }}"
    return await _cost(server, {"query": query}, server.key)


async def _cost(server: Server, body: dict[str, str], key: str) -> float:
    request = _request(body, key)
    await _ask(server, request, WARM_UP)
    before = server.cpu_s()
    await _ask(server, request, REQUESTS)
    return (server.cpu_s() - before) / REQUESTS * 1e6


def _request(body: dict[str, str], key: str) -> bytes:
    payload = json.dumps(body).encode()
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return (
        f"POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"{authorization}Content-Length: {len(payload)}\r\n\r\n"
    ).encode() + payload


async def _ask(server: Server, request: bytes, count: int) -> None:
    async def lane(share: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for _ in range(share):
            writer.write(request)
            await _answer(reader)
        writer.close()

    await asyncio.gather(*(lane(count // CONNECTIONS) for _ in range(CONNECTIONS)))


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    if b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
        return
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(int(length.split(b":")[1]))
    assert b'"errors"' not in body, body[:300]
