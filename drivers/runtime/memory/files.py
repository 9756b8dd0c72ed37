"""Tar archives of a pretended instance's files."""

from __future__ import annotations

import io
import tarfile

from domain.errors import InvalidInput, NotFound

FOLDERS = ("/", "/data", "/tmp")
"""There in every instance, also when they are empty."""


def check_path(path: str) -> str:
    """Without a slash at its end. InvalidInput: it is relative or leads upwards."""
    if not path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise InvalidInput("The path must be absolute and must not lead upwards.", field="path")
    return path.rstrip("/") or "/"


def tar_of(files: dict[str, bytes], path: str) -> bytes:
    """A tar of what lies at or under a path, named relative to its parent."""
    plain = check_path(path)
    parent = plain.rsplit("/", 1)[0]
    chosen = {name: data for name, data in files.items() if name == plain or _lies_under(name, plain)}
    if not chosen and plain not in FOLDERS:
        raise NotFound("There is no such path inside the instance.")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        if plain not in files and plain != "/":
            folder = tarfile.TarInfo(plain[len(parent) + 1 :])
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        for name, data in sorted(chosen.items()):
            member = tarfile.TarInfo(name[len(parent) + 1 :])
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def files_in(content: bytes, path: str, present: dict[str, bytes]) -> dict[str, bytes]:
    """What a tar holds, named as it will lie below a folder. NotFound: no such folder; InvalidInput: it leads out."""
    plain = check_path(path)
    if plain not in FOLDERS and not any(_lies_under(name, plain) for name in present):
        raise NotFound("There is no such folder inside the instance.")
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            _check_members(archive.getmembers())
            for member in archive:
                if member.isfile() and (source := archive.extractfile(member)):
                    files[f"{plain.rstrip('/')}/{member.name.removeprefix('./')}"] = source.read()
    except (tarfile.TarError, EOFError) as error:
        raise InvalidInput("That is not a tar archive.", field="archive") from error
    return files


def _check_members(members: list[tarfile.TarInfo]) -> None:
    """Links are not kept, but nothing may be written through one."""
    links = {member.name for member in members if member.issym()}
    for member in members:
        names = [member.name, member.linkname] if member.islnk() else [member.name]
        leads_out = any(name.startswith("/") or ".." in name.split("/") for name in names)
        if leads_out or member.isdev() or any(_lies_under(member.name, link) for link in links):
            raise InvalidInput("The archive has a member that is not allowed.", field="archive", member=member.name)


def _lies_under(name: str, folder: str) -> bool:
    return name.startswith(f"{folder.rstrip('/')}/")
