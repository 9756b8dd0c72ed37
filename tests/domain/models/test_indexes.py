"""No list and no foreign key without its index: neither database makes one by itself."""

from __future__ import annotations

import pytest
from tortoise.connection import get_connection

from gateway.database import open_database
from gateway.migrate import migrate
from tests.domain.models.schema import Table, schema_of

LISTS = {
    "instance": [
        ("tenant_id", "created_at", "id"), ("tenant_id", "name", "id"), ("tenant_id", "state", "id"),
        ("created_at", "id"), ("name", "id"), ("state", "id"), ("node_id",), ("owner_id",), ("image_id",),
        ("short_id",),
    ],
    "image": [("created_at", "id"), ("name",), ("tenant_id", "id"), ("ref",)],
    "node": [("created_at", "id"), ("name",), ("region",), ("state",)],
    "operation": [
        ("created_at", "id"), ("tenant_id", "created_at", "id"), ("instance_id", "id"), ("kind", "id"),
        ("state", "run_at", "id"), ("state", "lease_until"), ("lane", "state", "id"), ("ended_at",), ("dedupe_key",),
    ],
    "tenant": [("created_at", "id"), ("name", "id"), ("slug",)],
    "app_user": [("created_at", "id"), ("username_key",), ("email_key",), ("external_id",)],
    "api_key": [("user_id", "id"), ("tenant_id", "id"), ("door", "id"), ("key_hash",)],
    "audit_entry": [("created_at", "id"), ("tenant_id", "created_at", "id"), ("user_id", "id"), ("action", "id")],
    "outbox_event": [("position",), ("topic", "position"), ("tenant_id", "position"), ("created_at",)],
    "session": [("user_id", "id"), ("expires_at",)],
    "idempotency_record": [("credential", "door", "key"), ("expires_at",)],
}  # fmt: skip
"""Table → what its lists sort, filter and look up by, and what upkeep prunes by."""


@pytest.fixture
async def tables(empty_url: str) -> dict[str, Table]:
    await migrate(empty_url)
    async with open_database(empty_url):
        return await schema_of(get_connection("default"))


async def test_every_foreign_key_is_indexed(tables: dict[str, Table]) -> None:
    keys = [(name, column) for name, table in tables.items() for column, _to, _delete in table.foreign_keys]
    assert keys
    assert [key for key in keys if not tables[key[0]].has_index_on(key[1])] == []


async def test_every_sort_and_filter_of_a_list_is_indexed(tables: dict[str, Table]) -> None:
    missing = [
        (name, columns)
        for name, wanted in LISTS.items()
        for columns in wanted
        if not tables[name].has_index_on(*columns)
    ]
    assert missing == []
