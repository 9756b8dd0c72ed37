"""The update log in SQL: written and read on every edit, so by hand. One text for each database where they differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.models.sql import connection, fetch, is_postgres

_FOUND = """
INSERT INTO document (file_id, last_seq, state_seq, size_bytes) SELECT f.id, 0, 0, 0 FROM file f WHERE f.id = $1
ON CONFLICT DO NOTHING
"""

_APPEND_POSTGRES = """
WITH new AS (SELECT * FROM unnest($1::uuid[], $2::bytea[]) AS new(file_id, data)),
locked AS (SELECT d.file_id FROM document d WHERE d.file_id = ANY($1::uuid[]) ORDER BY d.file_id FOR UPDATE),
head AS (
    UPDATE document d SET last_seq = d.last_seq + 1 FROM locked
    WHERE d.file_id = locked.file_id RETURNING d.file_id, d.last_seq
)
INSERT INTO document_update (file_id, seq, data)
SELECT head.file_id, head.last_seq, new.data FROM head JOIN new ON new.file_id = head.file_id
RETURNING file_id, seq
"""

_APPEND_SQLITE = """
INSERT INTO document_update (file_id, seq, data)
SELECT d.file_id,
       MAX(d.last_seq, COALESCE((SELECT MAX(u.seq) FROM document_update u WHERE u.file_id = d.file_id), 0)) + 1,
       new.column2
FROM (VALUES {rows}) AS new JOIN document d ON d.file_id = new.column1
RETURNING file_id, seq
"""

_READ = """
SELECT d.state_seq AS seq, s.data AS data, 0 AS part FROM document d JOIN document_state s ON s.file_id = d.file_id
WHERE d.file_id = $1 AND d.state_seq > $2
UNION ALL
SELECT u.seq, u.data, 1 FROM document_update u WHERE u.file_id = $1 AND u.seq > $2
ORDER BY 3, 1
"""

_FOLD_HEAD = """
UPDATE document SET state_seq = $2, size_bytes = $3, last_seq = CASE WHEN last_seq < $2 THEN $2 ELSE last_seq END
WHERE file_id = $1 AND state_seq = $4
RETURNING file_id
"""
_FOLD_STATE = """
INSERT INTO document_state (file_id, data) VALUES ($1, $2) ON CONFLICT (file_id) DO UPDATE SET data = excluded.data
"""
_FOLD_LOG = "DELETE FROM document_update WHERE file_id = $1 AND seq <= $2"

_LOCK_HEAD = "SELECT file_id FROM document WHERE file_id = $1 FOR UPDATE"
_COPY = (
    "INSERT INTO document (file_id, last_seq, state_seq, size_bytes) "
    "SELECT $2, last_seq, state_seq, size_bytes FROM document WHERE file_id = $1",
    "INSERT INTO document_state (file_id, data) SELECT $2, data FROM document_state WHERE file_id = $1",
    "INSERT INTO document_update (file_id, seq, data) SELECT $2, seq, data FROM document_update WHERE file_id = $1",
)

_LAST_POSTGRES = "SELECT file_id, last_seq FROM document WHERE file_id = ANY($1::uuid[])"
_LAST_SQLITE = """
SELECT d.file_id, MAX(d.last_seq, COALESCE((SELECT MAX(u.seq) FROM document_update u WHERE u.file_id = d.file_id), 0))
       AS last_seq
FROM document d WHERE d.file_id IN ({places})
"""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Logged:
    """What is in the database after some number. seq: the last it includes. updates: in order; the first may be the
    folded state, up to state_seq (0: it is not). rows: how many of them are rows of the log, log_bytes: their size."""

    seq: int
    state_seq: int
    updates: Sequence[bytes]
    rows: int
    log_bytes: int


async def found_document(file_id: UUID) -> None:
    """Make the head of a document that has none yet."""
    await fetch(_FOUND, [file_id])


async def append_updates(updates: Mapping[UUID, bytes]) -> dict[UUID, int]:
    """Commit one update for each document in one statement; the number each got. A document that is gone is missing."""
    if is_postgres(connection()):
        rows = await fetch(_APPEND_POSTGRES, [list(updates), list(updates.values())])
        return {row["file_id"]: row["seq"] for row in rows}
    values = [value for file_id, data in updates.items() for value in (str(file_id), data)]
    places = ", ".join(f"(${2 * n + 1}, ${2 * n + 2})" for n in range(len(updates)))
    rows = await fetch(_APPEND_SQLITE.format(rows=places), values)
    return {UUID(row["file_id"]): row["seq"] for row in rows}


async def read_updates(file_id: UUID, after_seq: int = -1) -> Logged:
    """Everything after a number, as one statement sees it: never half of what a fold is doing."""
    rows = await fetch(_READ, [file_id, after_seq])
    log_rows = [row for row in rows if row["part"] == 1]
    return Logged(
        seq=max((row["seq"] for row in rows), default=max(after_seq, 0)),
        state_seq=next((row["seq"] for row in rows if row["part"] == 0), 0),
        updates=[bytes(row["data"]) for row in rows],
        rows=len(log_rows),
        log_bytes=sum(len(row["data"]) for row in log_rows),
    )


async def fold_log(file_id: UUID, logged: Logged, full: bytes) -> bool:
    """Put `full` in the place of everything that was read, inside the caller's transaction. False, and nothing
    changed: somebody else has folded it meanwhile, or it is gone."""
    head = [file_id, logged.seq, len(full), logged.state_seq]
    if not await fetch(_FOLD_HEAD, head):
        return False
    await fetch(_FOLD_STATE, [file_id, full])
    await fetch(_FOLD_LOG, [file_id, logged.seq])
    return True


async def copy_log(source_id: UUID, target_id: UUID) -> None:
    """Everything but the versions, under the same numbers, inside the caller's transaction. Whoever writes or folds
    the source meanwhile waits: head, state and log must be of one moment."""
    if is_postgres(connection()):
        await fetch(_LOCK_HEAD, [source_id])
    for statement in _COPY:
        await fetch(statement, [source_id, target_id])


async def last_seqs(file_ids: Collection[UUID]) -> dict[UUID, int]:
    """The number of the last update of each; documents that are gone are missing."""
    ids = list(file_ids)
    if is_postgres(connection()):
        return {row["file_id"]: row["last_seq"] for row in await fetch(_LAST_POSTGRES, [ids])}
    found: dict[UUID, int] = {}
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        places = ", ".join(f"${n + 1}" for n in range(len(part)))
        rows = await fetch(_LAST_SQLITE.format(places=places), part)
        found.update({UUID(row["file_id"]): row["last_seq"] for row in rows})
    return found
