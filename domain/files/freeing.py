"""Free blobs that no file refers to any more: the row at once, the bytes by a job after the commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.access import Actor
from domain.jobs.job import Job, JobKind
from domain.models.file import Blob, FileVariant
from domain.models.sql import column
from domain.unit import Unit

JOB_KIND = "files.free"
KEYS_PER_JOB = 500


async def free_blobs(unit: Unit, actor: Actor, blob_ids: Iterable[str]) -> int:
    """Those of the blobs that no variant refers to; how many. Inside a unit, after the variants went.

    The rows are locked first, and only then asked about: an upload of the same bytes either has its variant committed
    by then, or waits and finds no row.
    """
    candidates = await Blob.filter(id__in=list(set(blob_ids))).order_by("id").select_for_update()
    if not candidates:
        return 0
    used = await column(FileVariant.filter(blob_id__in=[blob.id for blob in candidates]), "blob_id")
    freed = [blob for blob in candidates if blob.id not in set(used)]
    await Blob.filter(id__in=[blob.id for blob in freed]).delete()
    keys = [blob.storage_key for blob in freed]
    for start in range(0, len(keys), KEYS_PER_JOB):
        await unit.enqueue(JOB_KIND, actor, payload={"keys": keys[start : start + KEYS_PER_JOB]})
    return len(freed)


async def _delete(job: Job) -> dict[str, Any]:
    """The job. Keys are never used again, so deleting one twice, or late, harms nobody."""
    keys = job.operation.payload["keys"]
    for key in keys:
        await job.ports.storage.delete(key)
    return {"deleted": len(keys)}


FREE = JobKind(run=_delete, cancellable=False)
