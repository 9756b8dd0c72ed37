"""Which updates of the log are here: taken in the order of their numbers, wherever they come from."""

from __future__ import annotations


class LogOrder:
    """seq: everything up to this number is in the content. Updates beyond a gap are held until it is filled: they may
    rest on what is missing. Our own are in the content already, and hold only their place."""

    def __init__(self) -> None:
        self.seq = 0
        self._held: dict[int, bytes | None] = {}

    def __len__(self) -> int:
        """How many are held."""
        return len(self._held)

    def hear(self, seq: int, update: bytes) -> bool:
        """One of another replica; False when it is known."""
        if seq <= self.seq or seq in self._held:
            return False
        self._held[seq] = update
        return True

    def committed(self, seq: int) -> None:
        """One of our own."""
        if seq == self.seq + 1 and not self._held:
            self.seq = seq
            return
        self._held[seq] = None
        while self._held.get(self.seq + 1, b"") is None:
            self.seq += 1
            del self._held[self.seq]

    def reach(self, seq: int) -> None:
        """Everything up to seq has been read from the log."""
        if seq > self.seq:
            self.seq = seq
            self._held = {at: update for at, update in self._held.items() if at > seq}

    def take_next(self) -> list[bytes]:
        """Those whose turn it is."""
        updates = []
        while self.seq + 1 in self._held:
            self.seq += 1
            update = self._held.pop(self.seq)
            if update is not None:
                updates.append(update)
        return updates
