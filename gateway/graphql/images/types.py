"""An image as GraphQL shows it."""

from __future__ import annotations

from domain.models.image import Image
from gateway.graphql.rows import of_rows


@of_rows(
    Image,
    {
        "id": "The image's id.",
        "tenant_id": "Tenant it belongs to; null: shared by the platform.",
        "name": "Unique name in the catalogue.",
        "ref": "The engine's own reference.",
        "description": "What it is for.",
        "author": "Who made it: an address or account.",
        "author_name": "Who made it: a name.",
        "drivers": "Drivers on which it runs.",
        "process_runnable": "Whether the process driver may run it.",
        "primary_port": "Port on which its main service listens inside.",
        "stop_command": "What to type to end it; null: it is signalled.",
        "created_at": "When it was added.",
    },
    name="Image",
    description="What an instance starts from.",
)
class ImageType:
    drivers: list[str]
