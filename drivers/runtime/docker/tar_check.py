"""Whether a tar stays in the folder it is unpacked into."""

from __future__ import annotations

import posixpath
import tarfile
from typing import IO

from domain.errors import InvalidInput

_MAX_LINKS = 40


def check_members(archive: IO[bytes]) -> None:
    """Look at every member's head. Raises InvalidInput; details.member names the one to blame."""
    links: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=archive, mode="r:") as members:
            for member in members:
                _check_member(member, links)
            whole = _ends_here(archive, members.offset)
    except (tarfile.TarError, EOFError, OSError, ValueError) as broken:
        raise InvalidInput("That is not a whole tar archive.") from broken
    if not whole:
        raise InvalidInput("That is not a whole tar archive.")


def _ends_here(archive: IO[bytes], offset: int) -> bool:
    """tarfile stops at a head that it cannot read; an unpacker that can would see more members than we did."""
    archive.seek(offset)
    return not archive.read(tarfile.BLOCKSIZE).strip(b"\0")


def _check_member(member: tarfile.TarInfo, links: dict[str, str]) -> None:
    """links: the symbolic links so far, name → target. A link may lead anywhere, but nothing is written through it."""
    name = posixpath.normpath(member.name)
    if _leads_out(name, {}) or _leads_out(posixpath.dirname(name), links):
        raise _refused(member)
    if member.isdev() and not member.isfifo():
        raise InvalidInput("The archive has a device among its entries.", member=member.name)
    links.pop(name, None)
    if member.issym():
        links[name] = member.linkname
    if member.islnk():
        _check_hard_link(member, name, links)


def _check_hard_link(member: tarfile.TarInfo, name: str, links: dict[str, str]) -> None:
    target = posixpath.normpath(member.linkname)
    if _leads_out(target, {}) or _leads_out(posixpath.dirname(target), links):
        raise _refused(member)
    if target in links:
        links[name] = posixpath.join(posixpath.dirname(target), links[target])


def _leads_out(path: str, links: dict[str, str]) -> bool:
    """Walk a path within the folder, following the links we know of."""
    reached: list[str] = []
    ahead = path.split("/")[::-1]
    followed = 0
    if path.startswith("/"):
        return True
    while ahead:
        part = ahead.pop()
        if part == "..":
            if not reached:
                return True
            reached.pop()
        elif part not in ("", "."):
            reached.append(part)
        target = links.get("/".join(reached)) if reached else None
        if target is not None:
            followed += 1
            if target.startswith("/") or followed > _MAX_LINKS:
                return True
            reached.pop()
            ahead += target.split("/")[::-1]
    return False


def _refused(member: tarfile.TarInfo) -> InvalidInput:
    return InvalidInput("The archive has an entry that leads out of its folder.", member=member.name)
