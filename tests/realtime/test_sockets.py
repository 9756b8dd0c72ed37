"""Everything that is open: ended by revocation, by a change of rights, by the end of the replica."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.access import Actor
from domain.jobs.feed import EventFeed
from domain.models import PlatformRole, TenantRole
from domain.models.ids import uuid7
from realtime.sockets import Caps, Sockets
from tests.realtime.peers import PATIENCE_S, somebody


class Member:
    """Open until closed, and closed at once."""

    def __init__(self, sockets: Sockets, actor: Any = None) -> None:
        self.actor = actor
        self.channel = "test"
        self.closed: list[int] = []
        self.looked = 0
        self._held = sockets.holding(self)
        self._held.__enter__()

    def close(self, code: int, reason: str = "") -> None:
        self.closed.append(int(code))

    def look_after(self, now: float) -> None:
        self.looked += 1

    def leave(self) -> None:
        self._held.__exit__(None, None, None)


@pytest.fixture
def sockets() -> Sockets:
    ports: Any = None
    return Sockets(EventFeed(ports))


async def test_a_revoked_credential_ends_what_it_opened(sockets: Sockets) -> None:
    revoked, other, unknown = (Member(sockets, somebody("key:1")), Member(sockets, somebody("key:2")), Member(sockets))
    sockets.hear("CredentialRevoked", {"credential": "key:1", "user_id": str(uuid7()), "reason": "revoked"})
    assert (revoked.closed, other.closed, unknown.closed) == ([4401], [], [])


async def test_one_who_is_admitted_too_late_is_ended_too(sockets: Sockets) -> None:
    """The credential was looked up just before it was revoked; the news came before the socket had a name."""
    member = Member(sockets)
    sockets.hear("CredentialRevoked", {"credential": "key:1", "user_id": str(uuid7()), "reason": "revoked"})
    sockets.admit(member, somebody("key:1"))
    assert member.closed == [4401]


@pytest.mark.parametrize(
    ("role", "payload_role", "closes"),
    [
        (TenantRole.VIEWER, "viewer", False),
        (TenantRole.VIEWER, "admin", True),
        (TenantRole.VIEWER, None, True),
        (None, "viewer", True),
    ],
)
async def test_a_changed_membership_makes_connect_again(
    sockets: Sockets, role: TenantRole | None, payload_role: str | None, closes: bool
) -> None:
    tenant, user = uuid7(), uuid7()
    actor = somebody(memberships={tenant: role} if role else {})
    concerned = Member(sockets, _as(actor, user))
    other = Member(sockets, _as(actor, uuid7()))
    sockets.hear("MemberChanged", {"tenant_id": str(tenant), "user_id": str(user), "role": payload_role})
    assert concerned.closed == ([1012] if closes else [])
    assert other.closed == []


async def test_a_membership_changes_nothing_for_the_platforms_people(sockets: Sockets) -> None:
    owner = somebody(platform_role=PlatformRole.OWNER)
    member = Member(sockets, owner)
    sockets.hear("MemberChanged", {"tenant_id": str(uuid7()), "user_id": str(owner.user_id), "role": "owner"})
    assert member.closed == []


@pytest.mark.parametrize(
    ("disabled", "role", "closes"), [(False, "owner", False), (True, "owner", True), (False, None, True)]
)
async def test_a_changed_user_makes_connect_again(
    sockets: Sockets, disabled: bool, role: str | None, closes: bool
) -> None:
    user = uuid7()
    member = Member(sockets, _as(somebody(platform_role=PlatformRole.OWNER), user))
    sockets.hear("UserChanged", {"id": str(user), "disabled": disabled, "platform_role": role})
    assert member.closed == ([1012] if closes else [])


async def test_other_news_concerns_nobody(sockets: Sockets) -> None:
    member = Member(sockets, somebody())
    sockets.hear("TenantChanged", {"id": str(uuid7())})
    assert member.closed == []


async def test_draining_sends_all_away_and_waits_for_them(sockets: Sockets) -> None:
    one, two = Member(sockets), Member(sockets)
    draining = asyncio.create_task(sockets.drain(PATIENCE_S))
    await asyncio.sleep(0)
    assert (one.closed, two.closed) == ([1001], [1001])
    one.leave()
    await asyncio.sleep(0)
    assert not draining.done()
    two.leave()
    assert await draining is True


async def test_draining_does_not_wait_for_ever_and_nobody_is_let_in(sockets: Sockets) -> None:
    Member(sockets)
    assert await sockets.drain(0.01) is False
    assert Member(sockets).closed == [1001]


async def test_nobody_there_is_drained_at_once(sockets: Sockets) -> None:
    assert await sockets.drain(0.0) is True


def _as(actor: Actor, user_id: UUID) -> Actor:
    return replace(actor, user_id=user_id)


async def test_a_user_and_an_address_have_their_caps_and_leaving_makes_room() -> None:
    ports: Any = None
    sockets = Sockets(EventFeed(ports), Caps(per_user=1, per_address=2))
    user = uuid7()
    first, second = Member(sockets), Member(sockets)
    sockets.admit(first, _as(somebody("key:1"), user))
    sockets.admit(second, _as(somebody("key:2"), user))
    assert (first.closed, second.closed) == ([], [4429])
    second.leave()
    third = Member(sockets)
    sockets.admit(third, _as(somebody("key:3"), uuid7()))
    first.leave()
    fourth = Member(sockets)
    sockets.admit(fourth, _as(somebody("key:4"), user))
    assert (third.closed, fourth.closed) == ([], [])
    assert sockets.by_channel() == {"test": 2}
