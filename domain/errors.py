"""The one error tree. Chosen where the fault is found; each door says it in its own words.

DomainError
├── InvalidInput         a value is wrong or missing
├── Unauthenticated      no credential, or one that is not valid (any more)
├── Forbidden            known, but not allowed
├── NotFound             does not exist, or is not yours
├── Conflict             cannot be done in the present state
│   └── Locked           somebody else holds it
├── RateLimited          too many requests; says when to come back
├── QuotaExceeded        the tenant's allowance is used up
├── InsufficientBalance  the tenant's credit does not cover it
├── TooLarge             more bytes or items than allowed
├── Unsupported          this runtime or node cannot do that
└── Unavailable          something we depend on does not answer
"""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """A fault whose message the user may read. Never carries paths, SQL or secrets: those stay in __cause__.

    code: stable, SCREAMING_SNAKE. details: JSON values that help the caller (field names, ids, numbers).
    """

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = details


class InvalidInput(DomainError):
    """A value is wrong or missing. details.field names it where one field is to blame."""

    code = "INVALID_INPUT"


class Unauthenticated(DomainError):
    """No credential, or one that is unknown, expired or revoked."""

    code = "UNAUTHENTICATED"


class Forbidden(DomainError):
    """The caller is known but lacks a role or scope."""

    code = "FORBIDDEN"


class NotFound(DomainError):
    """It does not exist or belongs to somebody else; the two are never told apart."""

    code = "NOT_FOUND"


class Conflict(DomainError):
    """It cannot be done in the present state (name taken, wrong state, key reused)."""

    code = "CONFLICT"


class Locked(Conflict):
    """Somebody else holds the thing right now."""

    code = "LOCKED"


class RateLimited(DomainError):
    """Too many requests. retry_after_s: seconds until the next one may pass."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after_s: float, **details: Any) -> None:
        super().__init__(message, retry_after_s=retry_after_s, **details)
        self.retry_after_s = retry_after_s


class QuotaExceeded(DomainError):
    """The tenant's allowance is used up."""

    code = "QUOTA_EXCEEDED"


class InsufficientBalance(DomainError):
    """The tenant's credit does not cover the request."""

    code = "INSUFFICIENT_BALANCE"


class TooLarge(DomainError):
    """More bytes or items than allowed. details.limit says how many are."""

    code = "TOO_LARGE"


class Unsupported(DomainError):
    """This runtime or node cannot do that; another one might."""

    code = "UNSUPPORTED"


class Unavailable(DomainError):
    """Something we depend on does not answer right now; trying again later may work."""

    code = "UNAVAILABLE"


ERROR_KINDS: tuple[type[DomainError], ...] = (
    InvalidInput,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    Locked,
    RateLimited,
    QuotaExceeded,
    InsufficientBalance,
    TooLarge,
    Unsupported,
    Unavailable,
)
"""Every kind a door must be able to say; dialect error maps are tested to be total over it."""
