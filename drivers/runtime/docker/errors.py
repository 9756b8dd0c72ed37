"""What the engine says, in the domain's words. The engine's own text stays in __cause__ for the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from docker.errors import APIError, DockerException
from requests.exceptions import JSONDecodeError, RequestException
from urllib3.exceptions import HTTPError

from domain.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable, Unsupported

NO_ANSWER = "The Docker Engine of this node does not answer."
NOT_AN_ENGINE = "What answers at the node's address is not a Docker Engine."
NO_SUCH_INSTANCE = "The instance is not on this node."

Kind = type[DomainError]


class EngineFault(Exception):
    """An answer that is an error, read without the SDK. status: of the HTTP answer, 0 inside a stream."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


FAULTS = (DockerException, RequestException, HTTPError, EngineFault, OSError, EOFError)
"""Everything that a call to the engine may raise by itself."""

_HOST_PORT = re.compile(r"(?:Bind for|listen \w+|host port(?: for)?) (?:\[[^\]]*\]|[^\s:\[]*):(\d+)")

_RULES: tuple[tuple[str, Kind, str], ...] = (
    ("no space left on device|disk quota exceeded", Unavailable, "There is no disk space left on this node."),
    (
        "cannot assign requested address",
        InvalidInput,
        "The address that ports are published on is not one of this node's.",
    ),
    (
        "Minimum memory limit allowed",
        InvalidInput,
        "The memory limit is lower than this node's engine allows.",
    ),
    (
        "memory limit too low|cannot allocate memory",
        InvalidInput,
        "The memory limit is too low for the instance to start.",
    ),
    (
        "device or resource busy|unable to set memory limit",
        Conflict,
        "The instance uses more memory than the new limit.",
    ),
    (
        r"exec: .*(?:executable file not found|no such file or directory)",
        InvalidInput,
        "The command does not exist in the image.",
    ),
    ("exec: .*permission denied|exec format error", InvalidInput, "The command cannot be executed."),
    ("volume is in use", Conflict, "The instance's data is still in use."),
    ("is not running", Conflict, "The instance is not running."),
    ("is paused|paused container", Conflict, "The instance is paused."),
    ("is not paused", Conflict, "The instance is not paused."),
    ("already in progress|marked for removal", Conflict, "The instance is being removed."),
    (
        "container name .* is already in use",
        Conflict,
        "The engine already has another container for this instance.",
    ),
    (
        "no matching manifest|does not match the specified platform",
        Unsupported,
        "The image was not made for this node's kind of processor.",
    ),
    (
        "invalid (?:sym|hard)link|breakout|path outside",
        InvalidInput,
        "The archive has an entry that leads out of its folder.",
    ),
    (
        "error processing tar.*no such file or directory",
        Conflict,
        "The instance moved a file while the archive was being unpacked.",
    ),
    ("error processing tar|archive/tar|invalid tar header", InvalidInput, "The archive cannot be read."),
    ("toomanyrequests|rate limit", Unavailable, "The image registry asks this node to pull less often."),
    (
        "no such image|manifest unknown|manifest for .* not found|pull access denied|repository .* not found"
        "|name unknown|denied: |unauthorized",
        NotFound,
        "There is no such image, or this node may not pull it.",
    ),
    (
        "dial tcp|no such host|connection refused|i/o timeout|tls handshake|request canceled|context deadline"
        "|no route to host|network is unreachable|connection reset|unexpected eof",
        Unavailable,
        "The image registry cannot be reached from this node.",
    ),
    (
        "invalid reference format|repository name|invalid tag format",
        InvalidInput,
        "That is not the name of an image.",
    ),
    ("could not find the file|no such file", NotFound, "There is no such path in the instance."),
    ("not a directory", InvalidInput, "That path in the instance is not a folder."),
    ("client version", Unavailable, "The Docker Engine of this node was exchanged; try again."),
)

_BY_STATUS: dict[int, tuple[Kind, str]] = {
    400: (InvalidInput, "The Docker Engine does not accept the request."),
    401: (Unavailable, "The Docker Engine of this node does not let Gatehouse in."),
    403: (Unavailable, "The Docker Engine of this node does not let Gatehouse in."),
    404: (NotFound, NO_SUCH_INSTANCE),
    409: (Conflict, "The instance's present state does not allow that."),
}


def translate(fault: BaseException) -> DomainError:
    """The domain's word for one of FAULTS."""
    if isinstance(fault, EngineFault):
        return from_text(fault.text, fault.status)
    if isinstance(fault, APIError):
        return from_text(str(fault.explanation or ""), fault.status_code or 500)
    if isinstance(fault, JSONDecodeError):
        return Unavailable(NOT_AN_ENGINE)
    if "Permission denied" in str(fault):
        return Unavailable("Gatehouse may not talk to the Docker Engine of this node (permission denied).")
    return Unavailable(NO_ANSWER)


def from_text(text: str, status: int = 0) -> DomainError:
    """Choose by what the engine's text says, else by the answer's status (0: none)."""
    if re.search("port is already allocated|address already in use", text):
        return _port_in_use(text)
    for pattern, kind, message in _RULES:
        if re.search(pattern, text, re.IGNORECASE):
            return kind(message)
    kind, message = _BY_STATUS.get(status, (Unavailable, "The Docker Engine could not carry that out."))
    return kind(message)


def _port_in_use(text: str) -> Conflict:
    found = _HOST_PORT.search(text)
    if found is None:
        return Conflict("A port of the instance is already in use on this node.")
    port = int(found.group(1))
    return Conflict(f"Port {port} is already in use on this node.", port=port)


@contextmanager
def domain_errors() -> Iterator[None]:
    """Raise what the engine or the way to it says as a domain error."""
    try:
        yield
    except FAULTS as fault:
        raise translate(fault) from fault
    except (KeyError, ValueError) as fault:
        # The SDK reads what it is told without looking: an error without a message, an answer that is no JSON.
        raise Unavailable(NOT_AN_ENGINE) from fault
