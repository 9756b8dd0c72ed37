"""One socket's part in a shared subscription, when it reads slowly."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import OperationalError

from domain.errors import NotFound
from domain.jobs.delivery import Delivered, Match, Subscriber
from domain.models.ids import uuid7
from gateway.graphql.answer import Answer
from gateway.graphql.audience import Audience
from gateway.graphql.fanout import Fanout
from gateway.graphql.member import MOST_WAITING, Member, Payload
from gateway.graphql.states import Watch, states
from realtime.frames import Frame, SharedFrame


class Valve:
    """A connection that takes messages only while it is open."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open
        self.said: list[dict[str, Any]] = []
        self._waiting: list[Callable[[], None]] = []

    def offer(self, frame: Frame | SharedFrame) -> bool:
        if self.is_open:
            self.post(frame)
        return self.is_open

    def post(self, frame: Frame | SharedFrame) -> None:
        text = frame.payload if isinstance(frame, SharedFrame) else frame
        self.said.append(json.loads(text))

    def when_writable(self, callback: Callable[[], None]) -> None:
        self._waiting.append(callback)

    def open(self) -> None:
        self.is_open = True
        waiting, self._waiting = self._waiting, []
        for callback in waiting:
            callback()

    @property
    def heard(self) -> list[Any]:
        return [message["payload"]["data"] for message in self.said if message["type"] == "next"]


def member(valve: Valve, ended: list[str] | None = None) -> Member:
    return Member(valve, "1", (ended if ended is not None else []).append)


def payload(value: Any) -> Payload:
    return Payload({"data": value})


def test_of_a_state_a_slow_socket_gets_the_newest_of_each_thing_and_then_the_end() -> None:
    valve, ended = Valve(is_open=False), list[str]()
    slow = member(valve, ended)
    for value in range(3):
        assert slow.give("one", payload(value))
        assert slow.give("other", payload(-value))
    slow.end('{"type":"complete","id":"1"}')
    assert (valve.said, ended) == ([], [])
    valve.open()
    assert valve.heard == [2, -2]
    assert valve.said[-1] == {"type": "complete", "id": "1"}
    assert ended == ["1"]


def test_of_a_story_everything_waits_in_order_up_to_a_bound() -> None:
    valve = Valve(is_open=False)
    slow = member(valve)
    assert all(slow.give(number, payload(number)) for number in range(MOST_WAITING))
    assert not slow.give(MOST_WAITING, payload(MOST_WAITING))
    valve.open()
    assert valve.heard == list(range(MOST_WAITING))


def test_who_has_left_is_sent_nothing_more() -> None:
    valve, ended = Valve(is_open=False), list[str]()
    gone = member(valve, ended)
    gone.give("one", payload(1))
    gone.leave()
    valve.open()
    gone.end('{"type":"complete","id":"1"}')
    assert (valve.said, ended) == ([], [])


@dataclass
class Thing:
    id: UUID
    revision: int
    wanted: bool = True


class Stage:
    """A shared execution of states() over one feed that the test plays."""

    def __init__(self) -> None:
        self.changes = Subscriber(Match(nouns=frozenset({"thing"})), latest_per_topic=True, max_pending=10)
        self.present: list[Thing] = []
        self.fault: Exception | None = None
        self.fanout = Fanout()
        self._position = 0

    async def read(self) -> list[Thing]:
        if self.fault is not None:
            raise self.fault
        return list(self.present)

    def change(self, thing: Thing) -> None:
        self._position += 1
        values = {"id": str(thing.id), "revision": thing.revision, "wanted": thing.wanted}
        self.changes.offer(
            Delivered(self._position, "ThingChanged", f"thing:{thing.id}", "thing", None, values, datetime.now(UTC))
        )

    async def _answers(self, audience: Audience) -> AsyncIterator[Answer]:
        watch = Watch(self.read, _thing, lambda thing: thing.wanted, lambda thing: thing.revision == 99)
        async for thing in states(audience, self.changes, watch):
            yield Answer({"id": str(thing.id), "revision": thing.revision}, None, executed=True)

    def join(self, valve: Valve) -> Member:
        one = member(valve)

        async def source(audience: Audience) -> Any:
            return self._answers(audience)

        self.fanout.join("key", source, "request", one)
        return one

    async def settle(self) -> None:
        """Until everything that can happen has happened."""
        import asyncio

        for _ in range(20):
            await asyncio.sleep(0)


def _thing(values: Mapping[str, Any]) -> Thing:
    return Thing(UUID(values["id"]), values["revision"], values["wanted"])


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    await made.fanout.close()


def revisions(valve: Valve) -> list[int]:
    return [shown["revision"] for shown in valve.heard]


async def test_what_a_newcomer_reads_is_news_to_others_once(stage: Stage) -> None:
    thing = Thing(uuid7(), 1)
    stage.present = [thing]
    early, late = Valve(), Valve()
    stage.join(early)
    await stage.settle()
    stage.present = [Thing(thing.id, 3)]
    stage.join(late)
    await stage.settle()
    for revision in (2, 3, 4):
        stage.change(Thing(thing.id, revision))
        await stage.settle()
    assert revisions(early) == [1, 3, 4]
    assert revisions(late) == [3, 4]


async def test_what_ceased_to_match_comes_only_to_whom_it_was_shown(stage: Stage) -> None:
    thing, other = Thing(uuid7(), 1), Thing(uuid7(), 1)
    stage.present = [thing, other]
    early, late = Valve(), Valve()
    stage.join(early)
    await stage.settle()
    stage.present = [other]
    stage.join(late)
    await stage.settle()
    stage.change(Thing(thing.id, 2, wanted=False))
    await stage.settle()
    stage.change(Thing(other.id, 7))
    await stage.settle()
    assert revisions(early) == [1, 1, 2, 7]
    assert revisions(late) == [1, 7]


@pytest.mark.parametrize(
    ("fault", "code"), [(NotFound("It is gone."), "NOT_FOUND"), (OperationalError("disk full"), "INTERNAL")]
)
async def test_a_newcomer_who_is_refused_does_not_disturb_the_others(stage: Stage, fault: Exception, code: str) -> None:
    thing = Thing(uuid7(), 1)
    stage.present = [thing]
    early, late = Valve(), Valve()
    stage.join(early)
    await stage.settle()
    stage.fault = fault
    stage.join(late)
    await stage.settle()
    assert [message["type"] for message in late.said] == ["error"]
    assert late.said[0]["payload"][0]["extensions"]["code"] == code
    assert "disk" not in json.dumps(late.said)
    stage.change(Thing(thing.id, 2))
    await stage.settle()
    assert revisions(early) == [1, 2]


async def test_a_slow_socket_holds_up_nobody(stage: Stage) -> None:
    thing = Thing(uuid7(), 1)
    stage.present = [thing]
    slow, quick = Valve(is_open=False), Valve()
    stage.join(slow)
    stage.join(quick)
    for revision in range(2, 6):
        await stage.settle()
        stage.change(Thing(thing.id, revision))
    await stage.settle()
    assert revisions(quick) == [1, 2, 3, 4, 5]
    slow.open()
    assert revisions(slow) == [5]


async def test_who_comes_as_it_ends_starts_anew(stage: Stage) -> None:
    stage.present = [Thing(uuid7(), 99)]
    first, second = Valve(), Valve()
    stage.join(first)
    await stage.settle()
    stage.join(second)
    await stage.settle()
    for valve in (first, second):
        assert [message["type"] for message in valve.said] == ["next", "complete"]
    assert len(stage.fanout) == 0


async def test_the_last_to_leave_ends_it(stage: Stage) -> None:
    stage.present = [Thing(uuid7(), 1)]
    one, two = stage.join(Valve()), stage.join(Valve())
    await stage.settle()
    one.leave()
    await stage.settle()
    assert len(stage.fanout) == 1
    two.leave()
    await stage.settle()
    assert len(stage.fanout) == 0
