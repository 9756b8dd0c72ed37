"""One open document on this replica: one task owns its content, and everything goes through it in order.

What arrived in one turn of the loop becomes one update: applied, committed, then sent to everybody. Nothing of it is
answered or told before it is in the log; when the log does not take it, the room ends and its clients, who still have
what they wrote, come again and bring it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from uuid import UUID

from domain.documents.append import LogWriter
from domain.documents.content import EMPTY_STATE_VECTOR, BrokenContentError, Content, breaks_content
from domain.documents.live import Told, UpdateTold
from domain.documents.load import load
from domain.documents.log import read_updates
from domain.errors import DomainError, InvalidInput, NotFound
from domain.models.faults import DATABASE_FAULTS
from realtime.close_codes import CloseCode
from realtime.crdt.company import Company
from realtime.crdt.log_order import LogOrder
from realtime.crdt.member import Member, Offer
from realtime.crdt.protocol import step1, step2, update_message
from realtime.crdt.replicas import Replicas
from realtime.frames import SharedFrame

GAP_S = 0.1
"""For how long an update of another replica may be on its way before the log is read instead."""
MOST_HELD = 1000
UNPLACED_BYTES = 4 << 20
"""What may wait in memory for updates that never came (a rough count), before the content is loaded without it."""

MOST_SUSPECTS = 256
SUSPECT_BYTES = 64 * 1024
CANNOT_BE_APPLIED = "This update cannot be applied."


class Room:
    """Made by DocumentRooms. run() is its owner; everybody else only leaves things for it and never waits."""

    def __init__(self, file_id: UUID, log: LogWriter, replicas: Replicas, max_bytes: int) -> None:
        self.file_id = file_id
        self.company = Company(file_id, replicas)
        self.log_rows = 0
        self.is_over = False
        self._log = log
        self._replicas = replicas
        self._max_bytes = max_bytes
        self._content = Content()
        self._order = LogOrder()
        self._unplaced_bytes = 0
        self._suspects: deque[Offer] = deque(maxlen=MOST_SUSPECTS)
        self._arrivals: list[Member] = []
        self._offers: list[Offer] = []
        self._questions: list[tuple[Member, bytes]] = []
        self._is_behind = False
        self._is_ending = False
        self._work = asyncio.Event()
        self._gap: asyncio.TimerHandle | None = None
        self._step1: SharedFrame | None = None
        self._step2: SharedFrame | None = None

    @property
    def seq(self) -> int:
        """Everything up to this number of the log is here."""
        return self._order.seq

    def join(self, member: Member) -> None:
        """It is asked for what it has, as soon as the content is here."""
        self.company.members.add(member)
        self.greet(member)

    def greet(self, member: Member) -> None:
        """Ask a client for what it has and we have not."""
        self._arrivals.append(member)
        self._work.set()

    def offer(self, offer: Offer) -> None:
        """Take it, also when its client leaves meanwhile."""
        self._offers.append(offer)
        self._work.set()

    def ask(self, member: Member, state_vector: bytes) -> None:
        """Answer a client with what it lacks."""
        self._questions.append((member, state_vector))
        self._work.set()

    def hear(self, told: Told | None) -> None:
        """From another replica, or from ourselves; None: something may have been missed."""
        if told is None:
            self.look_in_log()
            self.company.ask_replicas()
        elif not isinstance(told, UpdateTold):
            self.company.hear_replica(told)
        elif self._order.hear(told.seq, told.update):
            self._work.set()

    def look_in_log(self) -> None:
        """Read what the log has beyond what is here."""
        self._is_behind = True
        self._work.set()

    def end(self) -> None:
        """Take what was offered, then end."""
        self._is_ending = True
        self._work.set()

    async def run(self) -> None:
        """Until end(), or until the log or the content fails: then every client is closed, to come again."""
        live = asyncio.Event()
        following = asyncio.create_task(self._replicas.follow(self.file_id, self.hear, live))
        try:
            await live.wait()
            await self._load()
            self.company.ask_replicas()
            while not (self._is_ending and not self._offers):
                await self._work.wait()
                self._work.clear()
                await self._contained_turn()
        except NotFound:
            self.company.close(CloseCode.NOT_FOUND, "File not found")
        except (DomainError, *DATABASE_FAULTS):
            self.company.close(CloseCode.TOO_SLOW, "The document cannot be saved right now; connect again.")
        except BrokenContentError:
            self.company.close(CloseCode.INTERNAL, "The document cannot be opened.")
        finally:
            self.is_over = True
            self.company.close(CloseCode.GOING_AWAY, "The document was closed; connect again.")
            following.cancel()
            if self._gap is not None:
                self._gap.cancel()

    async def _load(self) -> None:
        loaded = await load(self.file_id)
        self._content = loaded.content
        self.log_rows = loaded.logged.rows
        self._unplaced_bytes = 0
        self._suspects.clear()
        self._order.reach(loaded.logged.seq)
        self._step1 = self._step2 = None

    async def _reload(self) -> None:
        """The content anew, from the log. What other replicas wrote meanwhile is in it, and nobody here was told."""
        told = self.seq
        await self._load()
        if self.seq > told:
            self._send(self._content.full())

    async def _contained_turn(self) -> None:
        """Some updates break the content only when it is asked for: without them, from the log, once more."""
        try:
            await self._turn()
        except BrokenContentError:
            for offer in self._suspects:
                if breaks_content(offer.update):
                    offer.member.close(CloseCode.BAD_REQUEST, CANNOT_BE_APPLIED)
            await self._reload()
            await self._turn()

    async def _turn(self) -> None:
        if self._order or self._is_behind:
            await self._follow()
        while self._arrivals:
            self._arrivals[0].post(self._hello())
            self.company.show(self._arrivals.pop(0))
        if self._offers:
            fitting = self._fitting(self._offers)
            self._offers = []
            await self._take(fitting)
        while self._questions:
            self._answer(*self._questions[0])
            del self._questions[0]

    async def _take(self, offers: list[Offer]) -> None:
        try:
            applied = self._content.apply([offer.update for offer in offers])
        except BrokenContentError:
            await self._take_apart(offers)
            return
        if applied.effect is not None:
            await self._keep(applied.effect)
            for member in {offer.member for offer in offers}:
                member.note_written()
        self._unplaced_bytes += applied.unplaced_bytes
        if applied.unplaced_bytes:
            self._suspects.extend(offer for offer in offers if len(offer.update) <= SUSPECT_BYTES)
        if applied.unplaced_bytes and (applied.effect is None or len(offers) == 1):
            self._ask_for_more(offers)
        if self._unplaced_bytes > UNPLACED_BYTES:
            await self._reload()

    async def _keep(self, effect: bytes) -> None:
        """Into the log, then to everybody."""
        seq = await self._log.append(self.file_id, effect)
        self._order.committed(seq)
        self._send(effect)
        self._replicas.tell(self.file_id, UpdateTold(seq, effect))

    async def _take_apart(self, offers: list[Offer]) -> None:
        """One of them broke the content: find it, send its client away, and take the others."""
        await self._reload()
        if len(offers) == 1:
            offers[0].member.close(CloseCode.BAD_REQUEST, CANNOT_BE_APPLIED)
            return
        for offer in offers:
            await self._take([offer])

    def _fitting(self, offers: list[Offer]) -> list[Offer]:
        """Those with which the document stays within its bounds; what only deletes (it has no structs) always fits."""
        size_bytes = self._content.size_bytes + sum(len(offer.update) for offer in offers)
        if size_bytes <= self._max_bytes:
            return offers
        size_bytes, taken = len(self._content.full()), []
        for offer in offers:
            if offer.update[:1] == b"\0" or size_bytes + len(offer.update) <= self._max_bytes:
                size_bytes += len(offer.update)
                taken.append(offer)
            else:
                offer.member.close(CloseCode.TOO_LARGE, f"A document has at most {self._max_bytes} bytes.")
        return taken

    def _ask_for_more(self, offers: list[Offer]) -> None:
        """An update that rests on others which are not here says that its client has them."""
        for offer in offers:
            if not offer.is_reply and self._content.rests_on_missing(offer.update):
                offer.member.post(self._hello())

    async def _follow(self) -> None:
        """Catch up with the other replicas: in the order of the log, and from it where the bus left something out."""
        updates = self._order.take_next()
        if self._is_behind or len(self._order) > MOST_HELD:
            self._is_behind = False
            logged = await read_updates(self.file_id, self.seq)
            updates += logged.updates
            self._order.reach(logged.seq)
            updates += self._order.take_next()
        if self._order and self._gap is None:
            self._gap = asyncio.get_running_loop().call_later(GAP_S, self._mind_gap, self.seq)
        if not updates:
            return
        try:
            effect = self._content.apply(updates).effect
        except BrokenContentError:
            await self._load()
            effect = self._content.full()
        if effect is None:
            return
        if self._unplaced_bytes and updates != [effect]:
            # It may bring with it what a client here had sent too early, and that stands in no log yet.
            await self._keep(effect)
        else:
            self._send(effect)

    def _mind_gap(self, seq: int) -> None:
        self._gap = None
        if self._order and self.seq == seq:
            self.look_in_log()
        elif self._order:
            self._work.set()

    def _send(self, effect: bytes) -> None:
        """It is in the log: everybody may know."""
        self.log_rows += 1
        self._step1 = self._step2 = None
        self.company.send(SharedFrame(update_message(effect)))

    def _hello(self) -> SharedFrame:
        if self._step1 is None:
            self._step1 = SharedFrame(step1(self._content.state_vector()))
        return self._step1

    def _answer(self, member: Member, state_vector: bytes) -> None:
        if state_vector == EMPTY_STATE_VECTOR:
            if self._step2 is None:
                self._step2 = SharedFrame(step2(self._content.full()))
            member.post(self._step2)
            return
        try:
            member.post(step2(self._content.missing_from(state_vector)))
        except InvalidInput:
            return
