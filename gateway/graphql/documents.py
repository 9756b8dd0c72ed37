"""Documents, parsed, validated and measured once and kept by their text.

The rules are classes made once: a rule class of its own per request would make every document look new.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.graphql.errors import GraphQLCode, fault
from gateway.graphql.measure import Measured, measure
from gateway.graphql.nul import NoNulRule, has_nul
from gateway.graphql.request import GraphQLRequest
from gateway.graphql.settings import GraphQLSettings

RULES: tuple[type[ASTValidationRule], ...] = (
    *specified_rules,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
    NoNulRule,
)
RULES_WITHOUT_INTROSPECTION = (*RULES, NoSchemaIntrospectionCustomRule)
LONGEST_KEPT = 64 * 1024
"""Longer documents are checked each time rather than kept, so that the cache has a bound in bytes too."""


@dataclass(frozen=True, slots=True)
class Document:
    """errors: why it cannot be executed; then it has no operations."""

    node: DocumentNode | None
    operations: Mapping[str | None, tuple[OperationDefinitionNode, Measured]]
    errors: tuple[GraphQLError, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """One operation of a checked document, with what the client sent for it."""

    request: GraphQLRequest
    document: DocumentNode
    operation: OperationDefinitionNode
    measured: Measured

    @property
    def is_subscription(self) -> bool:
        return self.operation.operation is OperationType.SUBSCRIPTION

    @property
    def is_mutation(self) -> bool:
        return self.operation.operation is OperationType.MUTATION


class Documents:
    """The checked documents of one schema under one set of limits."""

    def __init__(self, schema: GraphQLSchema, settings: GraphQLSettings) -> None:
        self._schema = schema
        self._settings = settings
        self._rules = RULES if settings.introspection else RULES_WITHOUT_INTROSPECTION
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self.checks = 0
        """How many documents were really parsed and validated."""

    def prepare(self, request: GraphQLRequest) -> Prepared | list[GraphQLError]:
        """The operation to run, or why it cannot be run."""
        if has_nul(request.variables):
            return [fault(GraphQLCode.INVALID, "Texts must not contain NUL characters.")]
        document = self._document(request.query)
        if document.node is None:
            return list(document.errors)
        try:
            operation, measured = document.operations[_chosen(document, request.operation_name)]
        except KeyError:
            return [fault(GraphQLCode.INVALID, "Say with operationName which of the document's operations to run.")]
        cost = measured.cost(request.variables)
        if cost > self._settings.max_cost:
            text = f"The operation costs {cost}; {self._settings.max_cost} are allowed. Ask for smaller pages."
            return [fault(GraphQLCode.TOO_COMPLEX, text, cost=cost, limit=self._settings.max_cost)]
        return Prepared(request, document.node, operation, measured)

    def _document(self, text: str) -> Document:
        if (known := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return known
        document = self._checked(text)
        if len(text) <= LONGEST_KEPT:
            self._kept[text] = document
            if len(self._kept) > self._settings.cached_documents:
                self._kept.popitem(last=False)
        return document

    def _checked(self, text: str) -> Document:
        self.checks += 1
        try:
            node = parse(text, max_tokens=self._settings.max_tokens)
        except GraphQLError as error:
            return Document(None, {}, (_coded(error, GraphQLCode.UNREADABLE),))
        if errors := validate(self._schema, node, self._rules, hide_suggestions=not self._settings.introspection):
            return Document(None, {}, tuple(_coded(error, GraphQLCode.INVALID) for error in errors))
        operations = {
            part.name.value if part.name else None: (part, measure(self._schema, node, part))
            for part in node.definitions
            if isinstance(part, OperationDefinitionNode)
        }
        too_large = [error for _, measured in operations.values() for error in self._too_large(measured)]
        return Document(None, {}, tuple(too_large)) if too_large else Document(node, operations)

    def _too_large(self, measured: Measured) -> list[GraphQLError]:
        limits = (
            ("depth", measured.depth, self._settings.max_depth, "levels deep"),
            ("aliases", measured.aliases, self._settings.max_aliases, "renamed fields"),
        )
        return [
            fault(
                GraphQLCode.TOO_COMPLEX, f"The operation has {size} {said}; {most} are allowed.", what=what, limit=most
            )
            for what, size, most, said in limits
            if size > most
        ]


def _chosen(document: Document, name: str | None) -> str | None:
    """The operation's name; without one, the only operation there is."""
    if name is None and len(document.operations) == 1:
        return next(iter(document.operations))
    return name


def _coded(error: GraphQLError, code: GraphQLCode) -> GraphQLError:
    error.extensions = {**(error.extensions or {}), "code": code.value}
    return error.with_traceback(None)
