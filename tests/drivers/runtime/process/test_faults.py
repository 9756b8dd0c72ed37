"""The operating system's words become the domain's, and carry nothing of the machine."""

from __future__ import annotations

import errno

import pytest

from domain.errors import DomainError, InvalidInput, NotFound, Unavailable
from drivers.runtime.process.faults import plain_words
from drivers.runtime.process.threads import in_thread


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOSPC, Unavailable, "no space"),
        (errno.EDQUOT, Unavailable, "no space"),
        (errno.EMFILE, Unavailable, "no resources"),
        (errno.ENOMEM, Unavailable, "no resources"),
        (errno.ENAMETOOLONG, InvalidInput, "too long"),
        (errno.EIO, Unavailable, "could not be reached"),
    ],
)
def test_a_fault_is_told_in_plain_words(number: int, kind: type[DomainError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught, plain_words():
        raise OSError(number, "raw words", "/secret/path")
    assert "/secret" not in caught.value.message
    assert isinstance(caught.value.__cause__, OSError)


async def test_a_domain_error_passes_as_it_is() -> None:
    def work() -> None:
        raise NotFound("gone")

    with pytest.raises(NotFound, match="gone"):
        await in_thread(work)
