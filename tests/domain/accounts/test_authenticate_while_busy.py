"""Noting the last use is a write; a database whose write lock is held must not keep anybody out."""

from __future__ import annotations

import sqlite3

from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.models import ApiKey
from domain.ports import Ports
from gateway.database import open_database
from tests.domain.people import SYSTEM, a_user


async def test_a_key_works_while_another_process_writes(ports: Ports, sqlite_database_url: str) -> None:
    async with open_database(f"{sqlite_database_url}?busy_timeout=1"):
        user = await a_user(ports, "anna")
        row, text = await create_api_key(ports, SYSTEM, KeySpec("graphql", user_id=user.id))
        writer = sqlite3.connect(sqlite_database_url.removeprefix("sqlite://"), isolation_level=None)
        try:
            writer.execute("BEGIN IMMEDIATE")
            actor = await authenticate(ports, Credential(CredentialKind.API_KEY, text, "graphql"))
        finally:
            writer.close()
        assert actor.user_id == user.id
        assert (await ApiKey.get(id=row.id)).last_used_at is None
