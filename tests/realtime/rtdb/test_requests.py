"""Every request, its answer, and every error."""

from __future__ import annotations

from tests.realtime.rtdb.conftest import Place


async def test_a_first_conversation(place: Place) -> None:
    async with place.client() as client:
        assert await client.ask("ping") == {"type": "pong"}
        assert await client.watch("todos") == []
        key = await client.create("todos", title="milk")
        assert await client.event() == {
            "action": "create",
            "path": f"todos/{key}",
            "data": {"id": key, "title": "milk"},
        }
        assert await client.query("todos") == [{"id": key, "title": "milk"}]
