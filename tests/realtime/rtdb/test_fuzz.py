"""Frames that nobody should send: the process, other clients and what is stored stay as they are."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime.rtdb.protocol import parse
from tests.realtime.rtdb.conftest import Place

KINDS = ("ping", "query", "get", "subscribe", "unsubscribe", "transaction", "createIndex", "lock", "unlock", "presence")
NAMES = ("path", "filter", "sort", "limit", "offset", "aggregate", "select", "scope", "subscriptionId", "operations",
         "field", "mode", "state", "data", "ref", "type", "groupBy", "ops", "op", "$op", "$fn", "$query", "args", "by",
         "values", "value", "equals", "inArray", "ascending")  # fmt: skip
WORDS = ("", "n", "n/a", "/", "a//b", "${$new}", "$new", "create", "update", "replace", "delete", "soft", "hard", "sum",
         "increment", "append", "slugify", "count", "exists", "document", "children", "\u0000", "é" * 300)  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | json_values.map(json.dumps) | st.binary())
def test_parsing_never_fails(frame: str | bytes) -> None:
    request = parse(frame)
    assert request is None or not isinstance(request.id, bool)


def a_value(chance: Random, depth: int = 3) -> Any:
    if depth and chance.random() < 0.6:
        if chance.random() < 0.3:
            return [a_value(chance, depth - 1) for _ in range(chance.randrange(4))]
        return {chance.choice(NAMES): a_value(chance, depth - 1) for _ in range(chance.randrange(5))}
    return chance.choice((None, True, 0, -1, 5, 2.5, 1 << 60, 1e300, *WORDS))


@settings(max_examples=5, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32))
async def test_every_request_gets_one_answer_whatever_it_says(lite: Place, seed: int) -> None:
    chance = Random(seed)
    async with lite.client(presence="1") as wild, lite.client() as quiet:
        assert (await wild.event())["action"] == "sync"
        await quiet.replace("kept/a", v=seed)
        asked = []
        for _ in range(200):
            fields = {chance.choice(NAMES): a_value(chance) for _ in range(chance.randrange(5))}
            fields.pop("type", None)
            asked.append(wild.begin(chance.choice(KINDS), **fields))
            if chance.random() < 0.2:
                await wild.send(chance.choice(("{", "[]", '{"id":{}}', b"\xff\x00", '{"id":1}')))
        for answer in asked:
            frame = await answer
            assert frame["type"] != "error" or frame["code"] in (400, 403, 413, 423), frame
        assert await quiet.get("kept/a") == {"id": "a", "v": seed}
        assert await quiet.ask("ping") == {"type": "pong"}
