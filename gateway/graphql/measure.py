"""How large an operation is: its depth, its renamed fields, and its cost once variables are known.

A document is measured once, when it is checked; fragments are measured once however often they are spread, so that one
which folds fragments into fragments takes no longer than it is long. The cost of a field is its weight plus the size of
its list times the cost of what is selected below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

ASSUMED_LIST_SIZE = 10
"""For lists that take no size."""
SIZE_ARGUMENT = "first"
COST = "cost"
"""The key in a strawberry field's metadata that says what it costs besides 1."""


@dataclass(slots=True)
class Selection:
    """One selection set or field. size: how many times what is below counts, or the variable that says so.
    names: the fields asked of this very level."""

    weight: int = 0
    size: int | str = 1
    default_size: int = 1
    below: list[Selection] = field(default_factory=list)
    depth: int = 0
    aliases: int = 0
    names: set[str] = field(default_factory=set)

    def add(self, part: Selection, *, deeper: int) -> None:
        self.below.append(part)
        self.depth = max(self.depth, part.depth + deeper)
        self.aliases += part.aliases

    def take(self, part: Selection) -> None:
        """Add what a fragment selects at this level."""
        self.add(part, deeper=0)
        self.names |= part.names


@dataclass(frozen=True, slots=True)
class Measured:
    """One operation. root_fields: what it asks of the root type, by name."""

    depth: int
    aliases: int
    root_fields: frozenset[str]
    selection: Selection
    defaults: Mapping[str, Any]

    def cost(self, variables: Mapping[str, Any] | None) -> int:
        """With these variables."""
        return _cost(self.selection, {**self.defaults, **(variables or {})}, {})


def measure(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Measured:
    """The document must be valid: no unknown fields, no fragment that spreads itself."""
    root = schema.get_root_type(operation.operation)
    assert root is not None
    measuring = _Measuring(schema, document)
    selection = measuring.selections(operation.selection_set, root)
    return Measured(
        selection.depth,
        selection.aliases,
        frozenset(selection.names),
        selection,
        {
            definition.variable.name.value: _literal(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        },
    )


class _Measuring:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)
        }
        self._measured: dict[str, Selection] = {}

    def selections(self, node: SelectionSetNode, parent: Any) -> Selection:
        found = Selection()
        for part in node.selections:
            if isinstance(part, FieldNode):
                found.names.add(part.name.value)
                if not part.name.value.startswith("__"):
                    found.add(self._field(part, parent), deeper=1)
            elif isinstance(part, InlineFragmentNode):
                inner = part.type_condition
                on = self._schema.get_type(inner.name.value) if inner else parent
                found.take(self.selections(part.selection_set, on))
            elif isinstance(part, FragmentSpreadNode):
                found.take(self._fragment(part.name.value))
        return found

    def _fragment(self, name: str) -> Selection:
        if name not in self._measured:
            fragment = self._fragments[name]
            on = self._schema.get_type(fragment.type_condition.name.value)
            self._measured[name] = self.selections(fragment.selection_set, on)
        return self._measured[name]

    def _field(self, node: FieldNode, parent: Any) -> Selection:
        definition: GraphQLField = parent.fields[node.name.value]
        size, default_size = _size(node, definition, parent)
        found = Selection(weight=_weight(definition), size=size, default_size=default_size)
        if node.selection_set is not None:
            found.add(self.selections(node.selection_set, get_named_type(definition.type)), deeper=0)
        found.aliases += node.alias is not None
        return found


def _size(node: FieldNode, definition: GraphQLField, parent: GraphQLObjectType) -> tuple[int | str, int]:
    if SIZE_ARGUMENT in definition.args:
        default = definition.args[SIZE_ARGUMENT].default_value
        default_size = ASSUMED_LIST_SIZE if default in (Undefined, None) else int(default)
        for argument in node.arguments or ():
            if argument.name.value == SIZE_ARGUMENT:
                return _said_size(argument.value, default_size), default_size
        return default_size, default_size
    if _is_list(definition.type) and not parent.name.endswith("Connection"):
        return ASSUMED_LIST_SIZE, ASSUMED_LIST_SIZE
    return 1, 1


def _said_size(value: Any, default_size: int) -> int | str:
    if isinstance(value, IntValueNode):
        return max(int(value.value), 0)
    return value.name.value if isinstance(value, VariableNode) else default_size


def _is_list(kind: GraphQLOutputType) -> bool:
    return is_list_type(get_nullable_type(kind))


def _weight(definition: GraphQLField) -> int:
    source = definition.extensions.get("strawberry-definition")
    metadata = getattr(source, "metadata", None) or {}
    return 1 + int(metadata.get(COST, 0))


def _literal(value: Any) -> Any:
    return int(value.value) if isinstance(value, IntValueNode) else None


def _cost(part: Selection, variables: Mapping[str, Any], known: dict[int, int]) -> int:
    if id(part) not in known:
        below = sum(_cost(child, variables, known) for child in part.below)
        known[id(part)] = part.weight + _times(part, variables) * below
    return known[id(part)]


def _times(part: Selection, variables: Mapping[str, Any]) -> int:
    if isinstance(part.size, int):
        return part.size
    said = variables.get(part.size)
    return max(said, 0) if isinstance(said, int) else part.default_size
