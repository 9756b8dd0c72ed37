from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from domain.errors import InvalidInput
from drivers.runtime.docker.tar_check import check_members
from tests.drivers.runtime.docker.tars import Entry, file, hardlink, symlink, tar_of


def _check(content: bytes) -> None:
    check_members(io.BytesIO(content))


@pytest.mark.parametrize(
    "entries",
    [
        [file("a"), file("./b"), file("c/../d"), file("deep/er/file")],
        [("folder/", b"", tarfile.DIRTYPE), file("folder/x")],
        [symlink("out", "/etc/passwd"), symlink("up", "../../elsewhere")],
        [symlink("inside", "folder"), file("inside/x")],
        [symlink("a/back", ".."), file("a/back/x")],
        [symlink("out", "/etc"), ("out", b"", tarfile.DIRTYPE), file("out/x")],
        [file("a"), hardlink("b", "a"), hardlink("c", "./a")],
        [("pipe", b"", tarfile.FIFOTYPE)],
        [file("x" * 300), symlink("y" * 200, "z" * 300)],
        [],
    ],
)
def test_what_stays_in_its_folder_is_fine(entries: list[Entry]) -> None:
    _check(tar_of(*entries))


@pytest.mark.parametrize(
    "entries",
    [
        [file("/etc/passwd")],
        [file("../x")],
        [file("a/../../x")],
        [file("..")],
        [file("fine"), file("./../x")],
        [symlink("out", "/etc"), file("out/x")],
        [symlink("out", "../.."), file("out/x")],
        [symlink("a", "b"), symlink("b", "/etc"), file("a/x")],
        [symlink("a", "b/c"), symlink("b", ".."), file("a/x")],
        [symlink("loop", "loop"), file("loop/x")],
        [symlink("out", "/etc"), hardlink("again", "out"), file("again/x")],
        [hardlink("x", "/etc/passwd")],
        [hardlink("x", "../../etc/passwd")],
        [symlink("out", "/etc"), hardlink("x", "out/passwd")],
    ],
)
def test_what_would_leave_is_refused_by_name(entries: list[Entry]) -> None:
    with pytest.raises(InvalidInput, match="leads out") as caught:
        _check(tar_of(*entries))
    assert caught.value.details["member"] == entries[-1][0]


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_devices_are_refused(kind: bytes) -> None:
    with pytest.raises(InvalidInput, match="device"):
        _check(tar_of(("null", b"", kind)))


def test_what_is_no_plain_tar_is_refused() -> None:
    for content in (b"", b"hello", b"x" * 5000, gzip.compress(tar_of(file("a")))):
        with pytest.raises(InvalidInput, match="not a whole tar"):
            _check(content)


def test_a_tar_that_is_cut_off_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a whole tar"):
        _check(tar_of(file("a", b"x" * 5000))[:3000])


def test_a_member_hidden_behind_a_broken_head_is_seen() -> None:
    """tarfile would stop at the broken head and call the archive fine."""
    first, hidden = tar_of(file("a", b"x" * 512))[:1024], tar_of(file("../x"))
    broken = bytearray(tar_of(file("b"))[:512])
    broken[329:337] = b"zzzzzzz\0"
    with pytest.raises(InvalidInput, match="not a whole tar"):
        _check(first + bytes(broken) + hidden)
