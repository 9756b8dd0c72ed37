"""A scenario: one request, and everything that must come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from rest_compat.skyport.answers import FLAVOURS
from tests.rest_compat.skyport.world import World

GOOD, READ_ONLY, MISSING, BAD = "good", "read-only", "missing", "bad"

OfWorld = Callable[[World], Any]


@dataclass(frozen=True)
class Scenario:
    """path: the endpoint's template. at: the values in it. send: the JSON body. status, expect: one for both flavours,
    or by flavour. expect: the exact JSON, or a function that makes it. absent: texts that must not be in the reply.
    events: what was told, in order; None for a request that must change nothing."""

    shows: str
    method: str
    path: str
    status: int | Mapping[str, int]
    expect: Any
    send: Any = None
    query: Mapping[str, str] | None = None
    at: OfWorld | None = None
    key: str = GOOD
    absent: tuple[str, ...] = ()
    events: tuple[str, ...] | None = None
    flavours: tuple[str, ...] = field(default=FLAVOURS)

    def status_in(self, flavour: str) -> int:
        return self.status if isinstance(self.status, int) else self.status[flavour]

    def expected_in(self, flavour: str, world: World, reply: Any) -> Any:
        """A dictionary by flavour is looked up; a function of (world) or (world, reply) is called."""
        found = self.expect.get(flavour) if isinstance(self.expect, ByFlavour) else self.expect
        if isinstance(found, FromReply):
            return found.make(world, reply)
        return found(world) if callable(found) else found

    async def run(self, client: httpx2.AsyncClient, world: World, flavour: str) -> httpx2.Response:
        """Send it with the key of that flavour."""
        path = self.path if self.at is None else self.path.format(**self.at(world))
        send = self.send(world) if callable(self.send) else self.send
        return await client.request(
            self.method, path, json=send, params=self.query, headers=self._headers(world, flavour)
        )

    def _headers(self, world: World, flavour: str) -> dict[str, str]:
        keys = {GOOD: world.keys[flavour], READ_ONLY: world.read_only, BAD: "skyport_wrong"}
        return {"x-api-key": keys[self.key]} if self.key in keys else {}

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.shows}"


class ByFlavour(dict[str, Any]):
    """Something else in each flavour."""


@dataclass(frozen=True)
class FromReply:
    """What is random in a reply is taken from it; everything else is exact."""

    make: Callable[[World, Any], Any]


def error(message: str) -> dict[str, str]:
    """The body of a refusal."""
    return {"error": message}
