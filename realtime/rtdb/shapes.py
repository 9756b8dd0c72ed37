"""Subscriptions that ask for the same, served together: an event is matched, made and encoded once for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.trees.aggregates import Groups
from domain.trees.changes import Change, Commit
from domain.trees.documents import Data, projected
from domain.trees.paths import above
from domain.trees.query import Snapshot
from realtime.connection import Connection
from realtime.rtdb.matching import Watched, event_of, passing
from realtime.rtdb.protocol import event_body, event_frame, random_id


@dataclass(eq=False, slots=True)
class Subscription:
    """One connection's. id: shared with others who ask alike. after: the last commit it knows of from the start."""

    id: str
    shape: Shape
    connection: Connection
    connection_id: str
    after: int


class Shape:
    """All subscriptions of one room that ask for the same. A lane holds those that share an id; a connection that asks
    twice for the same is in two lanes."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.groups: Groups | None = None
        self.groups_seq = 0
        self._lanes: dict[str, dict[str, Subscription]] = {}

    @property
    def is_empty(self) -> bool:
        return not self._lanes

    def begin_groups(self, snapshot: Snapshot) -> None:
        """Groups of what there is; kept up to date from then on."""
        self.groups = snapshot.groups
        self.groups_seq = snapshot.seq

    def join(self, connection: Connection, connection_id: str, after: int) -> Subscription:
        free = (lane_id for lane_id, lane in self._lanes.items() if connection_id not in lane)
        lane_id = next(free, None) or f"sub-{random_id()}"
        subscription = Subscription(lane_id, self, connection, connection_id, after)
        self._lanes.setdefault(lane_id, {})[connection_id] = subscription
        return subscription

    def leave(self, subscription: Subscription) -> None:
        lane = self._lanes.get(subscription.id, {})
        lane.pop(subscription.connection_id, None)
        if not lane:
            self._lanes.pop(subscription.id, None)

    def first_events(self, snapshot: Snapshot | None) -> list[bytes]:
        """What a new subscription gets after its answer: the document at its path, if there is one, then `ready`."""
        path, select = self.watched.path, self.watched.select
        if self.groups is not None:
            return [event_body("ready", path, self.groups.entries())]
        assert snapshot is not None
        own = [] if snapshot.document is None else [event_body("create", path, projected(snapshot.document, select))]
        ready: list[Data] = [projected(document, select) for document in snapshot.documents]
        return [*own, event_body("ready", path, ready)]

    def tell(self, commit: Commit, changes: list[Change]) -> None:
        """Changes of one commit, all at or below this path."""
        covered = [change for change in changes if self.watched.covers(change.path)]
        if self.groups is not None:
            self._tell_groups(commit, covered)
            return
        for change in covered:
            event = event_of(self.watched, change)
            if event is not None:
                self._send(commit.seq, event, "" if change.info is None else commit.connection)

    def _tell_groups(self, commit: Commit, changes: Iterable[Change]) -> None:
        if commit.seq <= self.groups_seq or self.groups is None:
            return
        self.groups_seq = commit.seq
        touched: set[str] = set()
        for change in changes:
            before = passing(self.watched, change.path, change.before)
            after = passing(self.watched, change.path, change.after)
            touched |= set() if before is None else self.groups.remove(before)
            touched |= set() if after is None else self.groups.add(after)
        if touched:
            self._send(commit.seq, event_body("update", self.watched.path, self.groups.entries(touched)), "")

    def _send(self, seq: int, event: bytes, doer: str) -> None:
        """doer: the connection that need not be told what it did; "" for everybody."""
        for lane_id, lane in self._lanes.items():
            frame = event_frame(lane_id, event)
            for subscription in tuple(lane.values()):
                if subscription.after < seq and subscription.connection_id != doer:
                    subscription.connection.post(frame)


class Shapes:
    """The shapes of a room, by the path they watch: a change looks only at the paths it lies below."""

    def __init__(self) -> None:
        self._by_path: dict[str, dict[bytes, Shape]] = {}

    def of(self, watched: Watched) -> Shape:
        """The shape, which is forgotten again when it is left empty."""
        shapes = self._by_path.setdefault(watched.path, {})
        return shapes.setdefault(watched.key, Shape(watched))

    def drop_if_empty(self, shape: Shape) -> None:
        watched = shape.watched
        if shape.is_empty and watched.path in self._by_path:
            self._by_path[watched.path].pop(watched.key, None)
            if not self._by_path[watched.path]:
                del self._by_path[watched.path]

    def tell(self, commit: Commit) -> None:
        """Hand a commit to all shapes that may have to do with it, each with its part, in order."""
        concerned: dict[int, tuple[Shape, list[Change]]] = {}
        for change in commit.changes:
            for path in above(change.path) if self._by_path else ():
                for shape in self._by_path.get(path, {}).values():
                    concerned.setdefault(id(shape), (shape, []))[1].append(change)
        for shape, changes in concerned.values():
            shape.tell(commit, changes)
