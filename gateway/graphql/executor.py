"""graphql-core's executor, with what one event of a subscription uses made anew for each event."""

from __future__ import annotations

from typing import Any

from graphql import Executor
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.graphql.context import Context


class OperationExecutor(StrawberryGraphQLCoreExecutionContext):
    """One operation."""

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """A copy for one event of a subscription.

        The stock copy shares its cache of sub-fields with every other event of the subscription. That cache is keyed by
        the identity of lists that each event makes anew, so it only grows: fourteen objects stay alive for every event
        delivered. Loaders are per event too: what one event looked up is old news for the next.
        """
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}
        context: Context = self.context_value
        executor.context_value = context.for_one_event()
        return executor
