from __future__ import annotations

from domain.access import Actor
from domain.models import File, FileActivity, Tenant
from domain.ports import Ports
from realtime.crdt.activity import Activity
from tests.domain.people import told
from tests.domain.rows import member


async def test_who_opened_and_changed_is_written_once(ports: Ports, file: File) -> None:
    home = await Tenant.get(id=file.tenant_id)
    ann, ben = await member(home), await member(home)
    activity = Activity(ports)
    for _ in range(3):
        activity.opened(ann, file)
        activity.edited(ann, file.id)
        activity.edited(ben, file.id)
    activity.opened(Actor.anonymous("realtime"), file)
    await activity.flush()
    await activity.flush()
    rows = {row.user_id: (row.accessed_at, row.modified_at) for row in await FileActivity.filter(file_id=file.id)}
    now = ports.clock.now()
    assert rows == {ann.user_id: (now, now), ben.user_id: (None, now)}
    assert len(await told("FileChanged")) == 1


async def test_a_file_that_is_gone_costs_the_others_nothing(ports: Ports, file: File) -> None:
    home = await Tenant.get(id=file.tenant_id)
    ann = await member(home)
    gone = await File.create(tenant_id=home.id, public_id="gone", kind=file.kind, name="gone", content_type="x")
    activity = Activity(ports)
    activity.opened(ann, gone)
    activity.edited(ann, gone.id)
    activity.opened(ann, file)
    await File.filter(id=gone.id).delete()
    await activity.flush()
    assert [row.file_id for row in await FileActivity.all()] == [file.id]
