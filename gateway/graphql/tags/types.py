"""Tags as GraphQL shows them."""

from __future__ import annotations

import strawberry


@strawberry.type(name="TagCount", description="A word, and how many files carry it.")
class TagCountType:
    tag: str = strawberry.field(description="The word.")
    count: int = strawberry.field(description="How many files that you may read have it, the trash left out.")
