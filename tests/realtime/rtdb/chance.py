"""Transactions, filters and orders as they come, for the model and the server alike."""

from __future__ import annotations

from random import Random
from typing import Any

COLLECTIONS = ("a", "b", "a/k1/parts")
FIELDS = ("x", "y", "tags", "map.in", "map")
TEXTS = ("", "b", "ba", " Hello, World ", "é")
NUMBERS = (-2, 0, 1, 2, 2.5, 10, 0.5)
FILTERS = ("equals", "notEquals", "greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual")
OF_MANY = ("inArray", "notInArray", "arrayContainsAny", "arrayContainsAll")
OPERATIONS = ("create", "update", "update", "update", "replace", "delete")


def a_transaction(chance: Random) -> list[dict[str, Any]]:
    """One to four operations; now and then one that makes all of it fail."""
    operations = [an_operation(chance) for _ in range(chance.choice((1, 1, 1, 2, 4)))]
    if operations[0]["type"] == "create" and chance.random() < 0.5:
        operations[0]["ref"] = "$new"
        path = f"{operations[0]['path']}/${{$new}}"
        operations.append({"type": "update", "path": path, "data": a_document(chance)})
    if chance.random() < 0.05:
        operations.append({"type": "rename", "path": "a/k1"})
    return operations


def an_operation(chance: Random) -> dict[str, Any]:
    kind, collection = chance.choice(OPERATIONS), chance.choice(COLLECTIONS)
    if kind == "create":
        return {"type": kind, "path": collection, "data": a_document(chance)}
    path = f"{collection}/k{chance.randrange(8)}"
    return {"type": kind, "path": path} | ({} if kind == "delete" else {"data": a_document(chance)})


def a_document(chance: Random) -> dict[str, Any]:
    names = chance.sample(FIELDS, chance.randrange(4))
    return {name: a_computed(chance) if chance.random() < 0.4 else a_value(chance) for name in names}


def a_value(chance: Random) -> Any:
    plain = (chance.choice(NUMBERS), chance.choice(TEXTS), chance.random() < 0.5, None)
    if chance.random() < 0.3:
        return chance.choice(([chance.choice(plain) for _ in range(chance.randrange(3))], {"in": chance.choice(plain)}))
    return chance.choice(plain)


def a_computed(chance: Random) -> dict[str, Any]:
    number, text = chance.choice(NUMBERS), chance.choice(TEXTS)
    values = [a_value(chance) for _ in range(chance.randrange(3))]
    query = {"path": chance.choice(COLLECTIONS), "field": chance.choice(("x", "y"))}
    return chance.choice(
        [
            {"$op": chance.choice(("increment", "decrement", "multiply")), "by": number if abs(number) < 3 else 1},
            {"$op": chance.choice(("append", "remove")), "values": values},
            {"$op": "concat", "value": text},
            {"$op": "setIfNotExists", "value": a_value(chance)},
            {"$op": chance.choice(("min", "max")), "value": number},
            {"$fn": chance.choice(("slugify", "lowercase", "uppercase", "trim", "length")), "args": [text]},
            {"$query": chance.choice(("count", "exists", "sum", "avg", "min", "max", "first", "last")), **query},
        ]
    )


def a_filter(chance: Random) -> dict[str, Any]:
    field = chance.choice(("x", "y", "tags", "map", "id"))
    kind = chance.choice((*FILTERS, *OF_MANY, "arrayContains", ""))
    if not kind:
        return {}
    value = [a_value(chance) for _ in range(3)] if kind in OF_MANY else a_value(chance)
    return {kind: {field: value}}


def an_order(chance: Random) -> list[dict[str, Any]]:
    return [
        {"field": name, "ascending": chance.random() < 0.5}
        for name in chance.sample(("x", "y", "tags", "id"), chance.randrange(3))
    ]
