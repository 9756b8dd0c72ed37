"""SQLite engine for Tortoise whose transactions begin IMMEDIATE.

With the stock deferred BEGIN, two processes that read and then write lose a third of their transactions to
"database is locked", whatever the busy timeout: a read lock cannot be raised while the other waits for the same.
Taking the write lock first makes them queue instead.
"""

from __future__ import annotations

import sqlite3

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds the write lock from its first moment."""

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(ImmediateTransaction(self))

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as exc:
            raise TransactionManagementError(exc) from exc


class ImmediateTransactionContext(SqliteTransactionContext):
    """Gives the connection back when the transaction cannot begin, or its task is cancelled while it waits.

    The stock context would keep the lock for ever then, and a BEGIN that its thread still carries out would swallow
    the next writer's transaction.
    """

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            token = getattr(self, "token", None)
            if token is not None:
                try:
                    await self.connection._connection.rollback()
                finally:
                    get_connections().reset(token)
                    self._trxlock.release()
            raise


class ImmediateSqliteClient(SqliteClient):
    """The client Tortoise makes for our SQLite URLs."""

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransactionContext(ImmediateTransaction(self), self._lock)


client_class = ImmediateSqliteClient
