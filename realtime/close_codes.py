"""Close codes: which one a fault gets, and after which of them a client may connect again by itself."""

from __future__ import annotations

from enum import IntEnum

from domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InsufficientBalance,
    InvalidInput,
    Locked,
    NotFound,
    QuotaExceeded,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unsupported,
)


class CloseCode(IntEnum):
    """1000-1013 are the WebSocket standard's; 4400 and above are read as the HTTP status of the last three digits."""

    NORMAL = 1000
    GOING_AWAY = 1001
    """This replica stops, or the peer was silent for too long."""
    TOO_BIG = 1009
    INTERNAL = 1011
    RECONNECT = 1012
    """What this credential may do has changed: connect again to go on with the new rights."""
    TOO_SLOW = 1013
    """The peer did not read what was sent; or there is too much to do right now."""
    BAD_REQUEST = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    CONFLICT = 4409
    TOO_LARGE = 4413
    UNSUPPORTED = 4415
    RATE_LIMITED = 4429


_OF_ERROR: dict[type[DomainError], CloseCode] = {
    InvalidInput: CloseCode.BAD_REQUEST,
    Unauthenticated: CloseCode.UNAUTHENTICATED,
    Forbidden: CloseCode.FORBIDDEN,
    NotFound: CloseCode.NOT_FOUND,
    Conflict: CloseCode.CONFLICT,
    Locked: CloseCode.CONFLICT,
    RateLimited: CloseCode.RATE_LIMITED,
    QuotaExceeded: CloseCode.FORBIDDEN,
    InsufficientBalance: CloseCode.FORBIDDEN,
    TooLarge: CloseCode.TOO_LARGE,
    Unsupported: CloseCode.UNSUPPORTED,
    Unavailable: CloseCode.TOO_SLOW,
}

_MAY_RETRY = frozenset(
    {CloseCode.GOING_AWAY, CloseCode.INTERNAL, CloseCode.RECONNECT, CloseCode.TOO_SLOW, CloseCode.INIT_TIMEOUT}
)


def close_code_of(error: DomainError) -> CloseCode:
    """The code a socket closes with when this fault ends it."""
    return next((_OF_ERROR[kind] for kind in type(error).__mro__ if kind in _OF_ERROR), CloseCode.INTERNAL)


def may_retry(code: int) -> bool:
    """Whether connecting again with the same credential and request can succeed."""
    return code in _MAY_RETRY


def fitting_reason(text: str) -> str:
    """A close reason has at most 123 bytes of UTF-8."""
    return text.encode()[:123].decode(errors="ignore")
