"""Who is in a room, told to everybody in it, here and at the other replicas."""

from __future__ import annotations

import asyncio
from uuid import UUID

from domain.documents.live import AwarenessAsked, AwarenessTold
from realtime.crdt.awareness import Awareness
from realtime.crdt.awareness_codec import NOBODY, Entry, decode_entries, encode_entries, stamped
from realtime.crdt.member import Member
from realtime.crdt.protocol import awareness_message
from realtime.crdt.replicas import Replicas
from realtime.frames import SharedFrame

SIGN_OF_LIFE = SharedFrame(awareness_message(NOBODY))


class Company:
    """members: the clients of this replica. spoke_at: when all of them were last sent something."""

    def __init__(self, file_id: UUID, replicas: Replicas) -> None:
        self.members: set[Member] = set()
        self._file_id = file_id
        self._replicas = replicas
        self._awareness = Awareness()
        self._loop = asyncio.get_running_loop()
        self._spoke_at = self._loop.time()

    def send(self, frame: SharedFrame) -> None:
        """To everybody here."""
        for member in self.members:
            member.post(frame)
        self._spoke_at = self._loop.time()

    def close(self, code: int, reason: str) -> None:
        for member in tuple(self.members):
            member.close(code, reason)

    def leave(self, member: Member) -> None:
        self.members.discard(member)
        self._tell(self._awareness.leave(member, self._loop.time()))

    def hear(self, member: Member, payload: bytes, id_tag: str | None) -> None:
        """What a client says of itself. Entries that cannot be read are dropped."""
        try:
            entries = [one for entry in decode_entries(payload) if (one := stamped(entry, id_tag)) is not None]
        except ValueError:
            return
        heard = self._awareness.hear(member, entries, self._loop.time())
        self._tell(heard.news)
        if heard.outdated:
            member.post(awareness_message(encode_entries(heard.outdated)))

    def hear_replica(self, told: AwarenessTold | AwarenessAsked) -> None:
        """What another replica says of its clients, or wants to know of ours."""
        if told.sender == self._replicas.number:
            return
        if isinstance(told, AwarenessAsked):
            if own := self._awareness.present(owned_only=True):
                self._replicas.tell(self._file_id, AwarenessTold(self._replicas.number, encode_entries(own)))
            return
        try:
            entries = decode_entries(told.payload)
        except ValueError:
            return
        self._tell_here(self._awareness.hear_replica(entries, self._loop.time()))

    def ask_replicas(self) -> None:
        self._replicas.tell(self._file_id, AwarenessAsked(self._replicas.number))

    def show(self, member: Member) -> None:
        """Tell a client who is there."""
        if present := self._awareness.present():
            member.post(awareness_message(encode_entries(present)))

    def look_after(self, silent_s: float) -> None:
        """Take out who has gone without a word; a sign of life for those who have heard nothing for so long."""
        now = self._loop.time()
        self._tell(self._awareness.expire(now))
        if now - self._spoke_at >= silent_s:
            self.send(SIGN_OF_LIFE)

    def _tell(self, entries: list[Entry]) -> None:
        if entries:
            self._tell_here(entries)
            self._replicas.tell(self._file_id, AwarenessTold(self._replicas.number, encode_entries(entries)))

    def _tell_here(self, entries: list[Entry]) -> None:
        if not entries:
            return
        frame = SharedFrame(awareness_message(encode_entries(entries)))
        key = "awareness:" + ",".join(str(entry.client_id) for entry in entries)
        for member in self.members:
            member.post_latest(key, frame)
        self._spoke_at = self._loop.time()
