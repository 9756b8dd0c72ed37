"""Write to realtime databases from outside a socket; every socket sees it."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain.errors import InvalidInput
from domain.models.file import AccessLevel
from domain.trees.author import Author
from domain.trees.transact import Done, Operation, transact
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.queries import FileId
from gateway.graphql.trees.queries import get_tree

MOST_OPERATIONS = 100


@strawberry.input(description="One step of a transaction.")
class TreeOperationInput:
    kind: str = strawberry.field(description="create, update, replace or delete.")
    path: str = strawberry.field(description="Of create: the collection's; else the document's.")
    data: JSON | None = strawberry.field(default=None, description="An object: what to write. Of delete: none.")
    ref: str | None = strawberry.field(default=None, description="A name by which later paths refer to what is made.")

    def to_operation(self) -> Operation:
        if self.data is not None and not isinstance(self.data, dict):
            raise InvalidInput("data must be an object.", field="data")
        return Operation(self.kind, self.path, self.data, self.ref)


@strawberry.type(description="What one step did.")
class TreeStep:
    ref: str | None = strawberry.field(description="The name it was given.")
    id: str | None = strawberry.field(description="Of create: the key of the new document.")


Operations = Annotated[
    list[TreeOperationInput], strawberry.argument(description="What to do, in this order; all of it or nothing.")
]


@strawberry.type
class TreeMutations:
    @root(list[TreeStep] | None, "Write to a realtime database, all or nothing. Needs WRITE on it.", cost=50)
    async def transact_tree(self, info: Info, file_id: FileId, operations: Operations) -> list[Done]:
        if not 1 <= len(operations) <= MOST_OPERATIONS:
            raise InvalidInput(f"Give 1 to {MOST_OPERATIONS} operations.", field="operations", limit=MOST_OPERATIONS)
        ports, actor = info.context.ports, info.context.actor
        file = await get_tree(ports, actor, file_id, AccessLevel.WRITE)
        author = Author(actor.id_tag or str(actor.user_id), f"graphql:{info.context.request_id}")
        return await transact(ports, file.id, author, [one.to_operation() for one in operations])
