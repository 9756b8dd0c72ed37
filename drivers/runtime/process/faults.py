"""What the operating system says, in the domain's words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from domain.errors import DomainError, InvalidInput, NotFound, Unavailable

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def plain_words() -> Iterator[None]:
    """An OSError leaves as a DomainError whose cause stays for the log."""
    try:
        yield
    except OSError as error:
        raise in_plain_words(error) from error


def in_plain_words(error: OSError) -> DomainError:
    if error.errno in _FULL:
        return Unavailable("The node has no space left on its disk.", reason="no_space")
    if error.errno == errno.ENAMETOOLONG:
        return InvalidInput("A name is too long for this node's disk.", field="path")
    if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN):
        return Unavailable("The node has no resources left to do that.", reason="no_resources")
    return Unavailable("The node's disk or processes could not be reached.")


def no_such_instance(instance_id: UUID) -> NotFound:
    return NotFound("There is no such instance on this node.", instance_id=str(instance_id))
