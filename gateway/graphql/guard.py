"""Who may run what at all, and how often."""

from __future__ import annotations

from domain.accounts.credentials import refused
from domain.errors import RateLimited
from domain.limits import Rate
from gateway.graphql.context import Context
from gateway.graphql.documents import Prepared
from gateway.graphql.settings import GraphQLSettings

OPEN_TO_ALL = frozenset(
    {"__typename", "__schema", "__type", "serverInfo", "signIn", "refresh", "resetPassword"},
)
"""What may be asked without a credential; the setting `introspection` may close __schema and __type to everyone."""


OPEN_TO_REFUSED = frozenset({"__typename", "signIn", "refresh", "resetPassword"})
"""What a client may still do whose credential does not count any more: get a new one."""


def admit(prepared: Prepared, context: Context) -> None:
    """Unauthenticated (or why the credential was refused) when the caller may not run this at all."""
    wanted = prepared.measured.root_fields
    if context.refusal is not None:
        if not (prepared.is_mutation and wanted <= OPEN_TO_REFUSED):
            raise context.refusal
    elif context.caller is None and not wanted <= OPEN_TO_ALL:
        raise refused("missing")


async def count(settings: GraphQLSettings, context: Context) -> None:
    """Count one operation against its credential, or against the address of an anonymous caller. RateLimited."""
    if settings.requests == 0:
        return
    who = context.caller.credential if context.caller is not None else f"address:{context.address}"
    verdict = await context.ports.counters.hit(f"graphql:{who}", Rate(settings.requests, settings.rate_per_s))
    if not verdict.allowed:
        raise RateLimited("Too many requests; try again later.", retry_after_s=verdict.retry_after_s)
