"""Make, rebuild and remove an instance's folder. All calls block and expect that the instance does not run."""

from __future__ import annotations

from domain.ports.runtime import RuntimeSpec
from drivers.runtime.process.environment import check_env, command_of
from drivers.runtime.process.folders import Folders, InstanceFolder
from drivers.runtime.process.snapshots import Snapshots
from drivers.runtime.process.specs import write_spec


def make(folders: Folders, snapshots: Snapshots, spec: RuntimeSpec) -> None:
    """The spec goes last: until then there is no instance. Data kept from before is used again.

    InvalidInput: the spec cannot run here; nothing half-made is left on any failure.
    """
    _check(spec)
    folder = folders.of(spec.instance_id)
    made_here = not folder.path.exists()
    try:
        if snapshots.has(spec.image) and not folder.data.exists():
            snapshots.put_back(folder, spec.image)
        folder.lay_out()
        write_spec(folder, spec)
    except BaseException:
        if made_here:
            folders.remove(folder.path)
        raise


def rebuild(folders: Folders, snapshots: Snapshots, spec: RuntimeSpec, ref: str) -> None:
    """As it was when ref was taken, and as if it had never run. Its log goes on."""
    _check(spec)
    folder = folders.of(spec.instance_id)
    snapshots.put_back(folder, ref)
    folders.remove(folder.run)
    folder.lay_out()
    write_spec(folder, spec)


def unmake(folders: Folders, folder: InstanceFolder, *, keep_data: bool) -> None:
    """Already gone is fine."""
    if not keep_data:
        folders.remove(folder.path)
        return
    folder.spec.unlink(missing_ok=True)
    for part in (folder.run, folder.log, folder.tmp):
        folders.remove(part)


def _check(spec: RuntimeSpec) -> None:
    command_of(spec)
    check_env(spec.env)
