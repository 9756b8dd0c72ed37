"""One way to run an operation, whatever it came by."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, execute, subscribe
from strawberry import Schema

from domain.errors import DomainError
from gateway.graphql.context import Context
from gateway.graphql.documents import Documents, Prepared
from gateway.graphql.errors import domain_fault, formatted_errors
from gateway.graphql.executor import OperationExecutor
from gateway.graphql.guard import admit, count
from gateway.graphql.request import GraphQLRequest
from gateway.graphql.settings import GraphQLSettings


@dataclass(frozen=True, slots=True)
class Answer:
    """errors: ready to be sent. executed: whether there is data, or null where data would be."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] | None
    executed: bool

    @property
    def payload(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"errors": self.errors} if self.errors else {}
        return {**shown, "data": self.data} if self.executed else shown

    @property
    def first_code(self) -> str | None:
        return str(self.errors[0]["extensions"]["code"]) if self.errors else None


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
                return refusal(prepared, context)
            admit(prepared, context)
        except DomainError as error:
            return refusal([domain_fault(error)], context)
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
            return refusal(started.errors or [], context)
        return _answers(started, context)


def refusal(errors: list[GraphQLError], context: Context) -> Answer:
    """Nothing was run."""
    return Answer(None, formatted_errors(errors, context.request_id), executed=False)


async def _answers(results: Any, context: Context) -> AsyncGenerator[Answer, None]:
    """Each event's answer; a source that fails ends the stream with one last answer that says why."""
    try:
        async for result in results:
            yield _answer(result, context)
    except GraphQLError as error:
        yield refusal([error], context)
    except Exception as exc:  # noqa: BLE001  whatever a source raises must reach the client as an error, not as silence
        yield refusal([GraphQLError(str(exc), original_error=exc)], context)
    finally:
        await results.aclose()


def _answer(result: ExecutionResult, context: Context) -> Answer:
    errors = formatted_errors(result.errors, context.request_id) if result.errors else None
    executed = result.data is not None or any(error.path for error in result.errors or ())
    return Answer(result.data, errors, executed)
