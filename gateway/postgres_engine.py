"""PostgreSQL engine for Tortoise that gives a connection back when its transaction cannot begin.

The stock context loses it then, and a task cancelled while BEGIN is on its way (a client that hung up) makes the pool
one connection poorer for ever.
"""

from __future__ import annotations

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections


class SafeTransactionContext(TransactionContextPooled):
    """One transaction on one connection of the pool."""

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            token = getattr(self, "token", None)
            if token is not None:
                get_connections().reset(token)
                # Releasing rolls back whatever the server may have begun meanwhile.
                await self.client._parent._pool.release(self.client._connection)
            raise


class SafeAsyncpgClient(AsyncpgDBClient):
    """The client Tortoise makes for our PostgreSQL URLs."""

    def _in_transaction(self) -> TransactionContext:
        return SafeTransactionContext(TransactionWrapper(self), self._pool_init_lock)


client_class = SafeAsyncpgClient
