"""Who a credential turned out to be, kept for a few seconds and dropped as soon as a change is heard of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.access import Actor


@dataclass(frozen=True, slots=True)
class Identity:
    """actor: without the request's door and address. key_door: the API key's own door; None for a session.
    last_used_at: as it was noted before this use."""

    actor: Actor
    key_door: str | None
    last_used_at: datetime | None


class IdentityCache:
    """Identities by the credential's digest, never by its text. ttl_s: how stale one may be when no event came."""

    def __init__(self, ttl_s: float, max_entries: int = 10_000) -> None:
        self._ttl = timedelta(seconds=ttl_s)
        self._max_entries = max_entries
        self._entries: dict[str, tuple[Identity, datetime]] = {}
        self.generation = 0
        """Grows with every invalidation: what was read before one must not be put after it."""

    def find(self, digest: str, now: datetime) -> Identity | None:
        entry = self._entries.get(digest)
        if entry is None or entry[1] <= now:
            self._entries.pop(digest, None)
            return None
        return entry[0]

    def put(self, digest: str, identity: Identity, now: datetime, generation: int) -> None:
        """Keep it, unless something was invalidated since `generation` was read. The oldest make room."""
        if generation != self.generation:
            return
        self._entries.pop(digest, None)
        while len(self._entries) >= self._max_entries:
            del self._entries[next(iter(self._entries))]
        self._entries[digest] = (identity, now + self._ttl)

    def hear(self, name: str, payload: Mapping[str, Any]) -> None:
        """Give it every event (its name and payload); those that change who somebody is drop what they touch."""
        if name == "CredentialRevoked":
            self.invalidate(payload["credential"])
        elif name == "UserChanged":
            self.invalidate_user(UUID(payload["id"]))
        elif name == "MemberChanged":
            self.invalidate_user(UUID(payload["user_id"]))
        elif name == "TenantChanged":
            tenant_id = UUID(payload["id"])
            self._drop(lambda actor: actor.tenant_id == tenant_id)

    def invalidate(self, credential: str) -> None:
        """credential: as in Actor.credential."""
        self._drop(lambda actor: actor.credential == credential)

    def invalidate_user(self, user_id: UUID) -> None:
        self._drop(lambda actor: actor.user_id == user_id)

    def clear(self) -> None:
        self._drop(lambda _: True)

    def _drop(self, unwanted: Callable[[Actor], bool]) -> None:
        self.generation += 1
        for digest in [d for d, (identity, _) in self._entries.items() if unwanted(identity.actor)]:
            del self._entries[digest]
