"""One way to run an operation, whatever it came by."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, execute, subscribe
from strawberry import Schema

from domain.errors import DomainError
from gateway.graphql.answer import Answer, refusal
from gateway.graphql.context import Context
from gateway.graphql.documents import Documents, Prepared
from gateway.graphql.errors import domain_fault, fault_of, formatted_errors
from gateway.graphql.executor import OperationExecutor
from gateway.graphql.guard import admit, count
from gateway.graphql.request import GraphQLRequest
from gateway.graphql.settings import GraphQLSettings
from gateway.graphql.sharing import Sharing, sharing_of


class Engine:
    """A schema with its limits and its checked documents."""

    def __init__(self, schema: Schema, settings: GraphQLSettings) -> None:
        self.settings = settings
        self._schema = schema._schema
        self.documents = Documents(self._schema, settings)

    async def prepare(self, request: GraphQLRequest, context: Context) -> Prepared | Answer:
        """Count the request, check the document and who asks; the operation to run, or why not."""
        try:
            await count(self.settings, context)
            prepared = self.documents.prepare(request)
            if isinstance(prepared, list):
                return refusal(prepared, context.request_id)
            admit(prepared, context)
        except DomainError as error:
            return refusal([domain_fault(error)], context.request_id)
        return prepared

    async def execute(self, prepared: Prepared, context: Context) -> Answer:
        """Run a query or a mutation."""
        result = execute(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=prepared.request.variables,
            operation_name=prepared.request.operation_name,
            executor_class=OperationExecutor,
            operation_extensions=prepared.request.extensions,
            hide_suggestions=not self.settings.introspection,
        )
        return _answer(await result if isawaitable(result) else result, context)

    def sharing(self, prepared: Prepared) -> Sharing | None:
        """Whether one execution of it may serve several sockets, and which."""
        return sharing_of(self._schema, prepared)

    async def subscribe(self, prepared: Prepared, context: Context) -> AsyncGenerator[Answer, None] | Answer:
        """Start a subscription; an Answer when it does not start. Close the iterator when done (aclosing)."""
        stream = subscribe(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=prepared.request.variables,
            operation_name=prepared.request.operation_name,
            executor_class=OperationExecutor,
            operation_extensions=prepared.request.extensions,
            hide_suggestions=not self.settings.introspection,
        )
        started = await stream if isawaitable(stream) else stream
        if isinstance(started, ExecutionResult):
            return refusal(started.errors or [], context.request_id)
        return _answers(started, context)


async def _answers(results: Any, context: Context) -> AsyncGenerator[Answer, None]:
    """Each event's answer; a source that fails ends the stream with one last answer that says why."""
    try:
        async for result in results:
            yield _answer(result, context)
    except GraphQLError as error:
        yield refusal([error], context.request_id)
    except Exception as exc:  # noqa: BLE001  whatever a source raises must reach the client as an error, not as silence
        yield refusal([fault_of(exc)], context.request_id)
    finally:
        await results.aclose()


def _answer(result: ExecutionResult, context: Context) -> Answer:
    errors = formatted_errors(result.errors, context.request_id) if result.errors else None
    executed = result.data is not None or any(error.path for error in result.errors or ())
    return Answer(result.data, errors, executed)
