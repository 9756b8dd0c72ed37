"""Every open socket and stream of this process: who they belong to, and what ends them from outside.

A credential that is revoked ends its sockets; a change of rights makes them connect again; a stopping replica sends
all of them away; a peer that neither reads nor answers is dropped.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

from domain.access import Actor
from domain.jobs.feed import EventFeed, Match
from realtime.close_codes import CloseCode

K = TypeVar("K")
LOOK_EVERY_S = 1.0
REMEMBER_REVOKED_S = 60.0
_NOUNS = frozenset({"credential", "tenant", "user"})


class Open(Protocol):
    """Something that stays open on behalf of somebody: a socket, an event stream."""

    actor: Actor | None
    channel: str

    def close(self, code: int, reason: str = "") -> None: ...
    def look_after(self, now: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Caps:
    """How many one user and one address may have open at once. 0: as many as they like."""

    per_user: int = 0
    per_address: int = 0


class Sockets:
    """One per process. run() must be running for revocations to be heard."""

    def __init__(self, feed: EventFeed, caps: Caps = Caps()) -> None:
        self._feed = feed
        self._caps = caps
        self._open: set[Open] = set()
        self._addresses: Counter[str] = Counter()
        self._users: Counter[UUID] = Counter()
        self._revoked: dict[str, float] = {}
        self._emptied = asyncio.Event()
        self._draining = False

    def __len__(self) -> int:
        return len(self._open)

    def by_channel(self) -> Counter[str]:
        """How many are open, by channel."""
        return Counter(member.channel for member in self._open)

    @contextmanager
    def holding(self, member: Open, address: str | None = None) -> Iterator[None]:
        """Known from now on. One that comes while the replica drains, or from an address that has too many already, is
        sent away at once."""
        self._open.add(member)
        _count(self._addresses, address, +1)
        try:
            if self._draining:
                _send_away(member)
            elif address is not None and _is_over(self._addresses[address], self._caps.per_address):
                member.close(CloseCode.RATE_LIMITED, "Too many connections from this address.")
            yield
        finally:
            self._open.discard(member)
            _count(self._addresses, address, -1)
            if member.actor is not None:
                _count(self._users, member.actor.user_id, -1)
            if not self._open:
                self._emptied.set()

    def admit(self, member: Open, actor: Actor) -> None:
        """Say, once, who a member is; closed at once when that credential was revoked in the meantime, or its user has
        too many open already."""
        member.actor = actor
        _count(self._users, actor.user_id, +1)
        if actor.credential in self._revoked:
            _revoke(member)
        elif actor.user_id is not None and _is_over(self._users[actor.user_id], self._caps.per_user):
            member.close(CloseCode.RATE_LIMITED, "Too many connections of this user.")

    async def run(self) -> None:
        """Listen and look after everyone until cancelled."""
        listening = self._feed.subscribe(Match(nouns=_NOUNS), max_pending=100_000)
        async with listening as events, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_after())
            async for event in events:
                self.hear(event.name, event.payload)

    def hear(self, name: str, payload: dict[str, Any]) -> None:
        """Act on one event."""
        if name == "CredentialRevoked":
            self._revoked[payload["credential"]] = asyncio.get_running_loop().time()
            self._each(_revoke, lambda actor: actor.credential == payload["credential"])
        elif name == "MemberChanged":
            self._each(_reconnect, lambda actor: _lost_or_gained(actor, payload))
        elif name == "UserChanged":
            self._each(_reconnect, lambda actor: _promoted_or_disabled(actor, payload))

    async def drain(self, grace_s: float) -> bool:
        """Send everyone away with 1001 and wait; whether all were gone in time. Nobody new is kept afterwards."""
        self._draining = True
        self._emptied.clear()
        for member in tuple(self._open):
            _send_away(member)
        if not self._open:
            return True
        try:
            async with asyncio.timeout(grace_s):
                await self._emptied.wait()
        except TimeoutError:
            return False
        return True

    async def _look_after(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = loop.time()
            for member in tuple(self._open):
                member.look_after(now)
            self._revoked = {key: at for key, at in self._revoked.items() if now - at < REMEMBER_REVOKED_S}

    def _each(self, act: Callable[[Open], None], concerned: Callable[[Actor], bool]) -> None:
        for member in tuple(self._open):
            if member.actor is not None and concerned(member.actor):
                act(member)


def _is_over(count: int, cap: int) -> bool:
    return 0 < cap < count


def _count(counts: Counter[K], key: K | None, change: int) -> None:
    if key is None:
        return
    counts[key] += change
    if counts[key] <= 0:
        del counts[key]


def _revoke(member: Open) -> None:
    member.close(CloseCode.UNAUTHENTICATED, "The credential was revoked.")


def _reconnect(member: Open) -> None:
    member.close(CloseCode.RECONNECT, "Your rights have changed; connect again.")


def _send_away(member: Open) -> None:
    member.close(CloseCode.GOING_AWAY, "This server is stopping.")


def _lost_or_gained(actor: Actor, payload: dict[str, Any]) -> bool:
    """Memberships give nothing to who may do everything everywhere."""
    if str(actor.user_id) != payload["user_id"] or actor.is_platform:
        return False
    role = actor.memberships.get(UUID(payload["tenant_id"]))
    return role is None or role.value != payload["role"]


def _promoted_or_disabled(actor: Actor, payload: dict[str, Any]) -> bool:
    if str(actor.user_id) != payload["id"]:
        return False
    role = actor.platform_role.value if actor.platform_role else None
    return bool(payload["disabled"] or role != payload["platform_role"])
