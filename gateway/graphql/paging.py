"""Relay connections over the domain's keyset pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import strawberry
from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode
from tortoise.models import Model

from domain.errors import InvalidInput
from domain.paging import Order, Page, PageRequest, cursor_of
from gateway.graphql.context import Info

T = TypeVar("T")
M = TypeVar("M", bound=Model)

DEFAULT_FIRST = 50

First: TypeAlias = Annotated[int, strawberry.argument(description="How many at most, from 1 to the page limit (200).")]
After: TypeAlias = Annotated[
    str | None,
    strawberry.argument(description="A cursor of the same list and order: the page begins after it. Null: the start."),
]


@strawberry.enum(description="Which way a list is ordered.")
class Direction(Enum):
    ASC = strawberry.enum_value("asc", description="Smallest or oldest first.")
    DESC = strawberry.enum_value("desc", description="Largest or newest first.")


Way: TypeAlias = Annotated[Direction, strawberry.argument(description="Which way the list is ordered.")]


@strawberry.type(description="Where this page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page was asked for with a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null when there is none.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item; null when there is none.")


@strawberry.type(description="One item of a list, with its place in it.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The item's place: lists continue after it. Opaque.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(
    description="One page of a list. Pages follow each other by cursors, which stay true as items come and go."
)
class Connection(Generic[T]):
    nodes: list[T] = strawberry.field(description="The items of this page, in order.")
    edges: list[Edge[T]] = strawberry.field(description="The items of this page with their cursors, in order.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")
    total_count: int | None = strawberry.field(
        description="How many items the whole list has; they are counted only when this is asked for."
    )


@dataclass(frozen=True, slots=True)
class Place(Generic[M]):
    """What an Edge is made from."""

    node: M
    order: Order

    @property
    def cursor(self) -> str:
        return cursor_of(self.node, self.order)


class Listing(Generic[M]):
    """What a Connection is made from: the page itself, and cursors only for those who ask."""

    def __init__(self, page: Page[M], order: Order, request: PageRequest) -> None:
        self.nodes: Sequence[M] = page.items
        self.total_count = page.total
        self._next_cursor = page.next_cursor
        self._order = order
        self._request = request

    @property
    def edges(self) -> list[Place[M]]:
        return [Place(node, self._order) for node in self.nodes]

    @property
    def page_info(self) -> Listing[M]:
        return self

    @property
    def has_next_page(self) -> bool:
        return self._next_cursor is not None

    @property
    def has_previous_page(self) -> bool:
        return self._request.after is not None

    @property
    def start_cursor(self) -> str | None:
        return cursor_of(self.nodes[0], self._order) if self.nodes else None

    @cached_property
    def end_cursor(self) -> str | None:
        return cursor_of(self.nodes[-1], self._order) if self.nodes else None


def page_request(info: Info, first: int, after: str | None) -> PageRequest:
    """What was asked for; the total only when it is selected. InvalidInput: first is outside the page limit."""
    most = info.context.ports.limits.page_size_max
    if not 1 <= first <= most:
        raise InvalidInput(f"first must be between 1 and {most}.", field="first", limit=most)
    return PageRequest(first, after, with_total=selects(info, "totalCount"))


def order_of(column: Enum, direction: Direction) -> Order:
    return Order(column=str(column.value), descending=direction is Direction.DESC)


def selects(info: Info, name: str) -> bool:
    """Whether the field being resolved has this sub-field selected, directly or through fragments."""
    raw = info._raw_info
    return any(node.selection_set and _selects(raw, node.selection_set, name) for node in raw.field_nodes)


def _selects(raw: Any, selections: SelectionSetNode, name: str) -> bool:
    for part in selections.selections:
        if isinstance(part, FieldNode):
            found = part.name.value == name
        elif isinstance(part, InlineFragmentNode):
            found = _selects(raw, part.selection_set, name)
        else:
            assert isinstance(part, FragmentSpreadNode)
            found = _selects(raw, raw.fragments[part.name.value].selection_set, name)
        if found:
            return True
    return False
