"""Filters: {operator: {field: value}}, all of which must hold. Only a document's own fields can be named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.trees.values import MISSING_KEY, field_key, order_key


class Operator(StrEnum):
    """What is asked of a field, by the name that clients use."""

    EQUALS = "equals"
    NOT_EQUALS = "notEquals"
    GREATER = "greaterThan"
    GREATER_OR_EQUAL = "greaterThanOrEqual"
    LESS = "lessThan"
    LESS_OR_EQUAL = "lessThanOrEqual"
    IN = "inArray"
    NOT_IN = "notInArray"
    CONTAINS = "arrayContains"
    CONTAINS_ANY = "arrayContainsAny"
    CONTAINS_ALL = "arrayContainsAll"


_NAMES = frozenset(operator.value for operator in Operator)
_OF_MANY = frozenset({Operator.IN, Operator.NOT_IN, Operator.CONTAINS_ANY, Operator.CONTAINS_ALL})
_OF_LISTS = frozenset({Operator.CONTAINS, Operator.CONTAINS_ANY, Operator.CONTAINS_ALL})
_NEGATIVE = frozenset({Operator.NOT_EQUALS, Operator.NOT_IN})


@dataclass(frozen=True, slots=True)
class Condition:
    """keys: the values compared with, by their place in the order of values; one, or many for operators of many."""

    operator: Operator
    field: str
    keys: tuple[bytes, ...]

    def holds(self, document: Mapping[str, Any]) -> bool:
        if self.operator in _OF_LISTS:
            return self._holds_of_list(document.get(self.field))
        key = field_key(document, self.field)
        if key == MISSING_KEY:
            return self.operator in _NEGATIVE
        return self._holds_of(key)

    def _holds_of(self, key: bytes) -> bool:
        match self.operator:
            case Operator.EQUALS | Operator.IN:
                return key in self.keys
            case Operator.NOT_EQUALS | Operator.NOT_IN:
                return key not in self.keys
            case Operator.GREATER:
                return key > self.keys[0]
            case Operator.GREATER_OR_EQUAL:
                return key >= self.keys[0]
            case Operator.LESS:
                return key < self.keys[0]
            case _:
                return key <= self.keys[0]

    def _holds_of_list(self, value: Any) -> bool:
        if not isinstance(value, list):
            return False
        elements = {order_key(element) for element in value}
        if self.operator is Operator.CONTAINS_ALL:
            return elements.issuperset(self.keys)
        return not elements.isdisjoint(self.keys)


Filter = tuple[Condition, ...]
"""All of them hold; an empty one lets everything pass."""


def passes(document: Mapping[str, Any], conditions: Filter) -> bool:
    return all(condition.holds(document) for condition in conditions)


def parse_filter(sent: Any) -> Filter:
    """What a client sent; one that cannot be understood lets everything pass. Unknown operators say nothing."""
    if not isinstance(sent, Mapping):
        return ()
    conditions: list[Condition] = []
    for name, fields in sent.items():
        if name not in _NAMES:
            continue
        if not isinstance(fields, Mapping):
            return ()
        for field, value in fields.items():
            if Operator(name) in _OF_MANY and not isinstance(value, list):
                return ()
            values = value if Operator(name) in _OF_MANY else [value]
            conditions.append(Condition(Operator(name), field, tuple(order_key(one) for one in values)))
    return tuple(conditions)
