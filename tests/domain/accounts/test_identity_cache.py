from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.access import Actor
from domain.accounts.identity_cache import Identity, IdentityCache
from tests.fakes import FakeClock

ANNA, BERT = uuid4(), uuid4()


def identity(user_id: UUID = ANNA, credential: str = "key:1") -> Identity:
    return Identity(Actor(user_id=user_id, credential=credential, door=""), "graphql", None)


@pytest.fixture
def cache(clock: FakeClock) -> IdentityCache:
    found = IdentityCache(ttl_s=5)
    found.put("a", identity(), clock.now(), found.generation)
    found.put("b", identity(BERT, "session:2"), clock.now(), found.generation)
    return found


def kept(cache: IdentityCache, clock: FakeClock) -> str:
    return "".join(digest for digest in "abc" if cache.find(digest, clock.now()))


def test_it_forgets_after_its_time(cache: IdentityCache, clock: FakeClock) -> None:
    clock.advance(4.9)
    assert kept(cache, clock) == "ab"
    clock.advance(0.1)
    assert kept(cache, clock) == ""


def test_a_revoked_credential_is_dropped(cache: IdentityCache, clock: FakeClock) -> None:
    cache.hear("CredentialRevoked", {"credential": "key:1", "user_id": str(ANNA), "reason": "revoked"})
    assert kept(cache, clock) == "b"


def test_a_changed_user_is_dropped(cache: IdentityCache, clock: FakeClock) -> None:
    cache.hear("UserChanged", {"id": str(BERT)})
    assert kept(cache, clock) == "a"


def test_a_changed_member_is_dropped(cache: IdentityCache, clock: FakeClock) -> None:
    cache.hear("MemberChanged", {"tenant_id": str(uuid4()), "user_id": str(ANNA), "role": None})
    assert kept(cache, clock) == "b"


def test_other_events_drop_nothing(cache: IdentityCache, clock: FakeClock) -> None:
    cache.hear("InstanceChanged", {"id": str(ANNA)})
    assert kept(cache, clock) == "ab"


def test_it_can_be_cleared(cache: IdentityCache, clock: FakeClock) -> None:
    cache.clear()
    assert kept(cache, clock) == ""


def test_what_was_read_before_an_invalidation_is_not_kept_after_it(cache: IdentityCache, clock: FakeClock) -> None:
    generation = cache.generation
    cache.invalidate("key:9")
    cache.put("c", identity(), clock.now(), generation)
    assert kept(cache, clock) == "ab"


def test_the_oldest_make_room(clock: FakeClock) -> None:
    cache = IdentityCache(ttl_s=5, max_entries=2)
    for digest in "abac":
        cache.put(digest, identity(), clock.now() + timedelta(seconds=1), 0)
    assert kept(cache, clock) == "ac"
