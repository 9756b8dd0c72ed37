"""What our things are called on an engine, and the labels that mark them as ours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from docker.utils import parse_repository_tag

from domain.errors import InvalidInput

OWNER = "gatehouse.owner"
INSTANCE = "gatehouse.instance"
NAME = "gatehouse.name"
VOLUME_PATH = "gatehouse.volume-path"
GENERATION = "gatehouse.generation"
MARK = "gatehouse.mark"
SNAPSHOT = "gatehouse.snapshot"
SNAPSHOT_PATHS = "gatehouse.snapshot-paths"
DATA_OF = "gatehouse.data-of"

DATA_PATH = "/data"


def container_name(instance_id: UUID) -> str:
    """The same for every attempt, so that a create repeated after a crash meets the first one's container."""
    return f"gatehouse-{instance_id}"


def filler_name(instance_id: UUID) -> str:
    """The container that is made, never started, to copy a snapshot's data into a volume."""
    return f"gatehouse-{instance_id}-fill"


def volume_name(instance_id: UUID, path: str, generation: str) -> str:
    """The volume mounted at a path of the instance; each restore makes a new generation ("" is the first)."""
    name = f"gatehouse-{instance_id}-{'data' if path == DATA_PATH else short_hash(path)}"
    return f"{name}-{generation}" if generation else name


def mark_name(instance_id: UUID, kind: str, generation: str) -> str:
    """The empty volume that remembers an unfinished step."""
    name = f"gatehouse-{instance_id}-is-{kind}"
    return f"{name}-{generation}" if generation else name


def short_hash(text: str) -> str:
    """Ten hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def split_reference(image: str) -> tuple[str, str]:
    """(repository, tag or digest); the tag is latest where none is given. Raises InvalidInput."""
    repository, tag = parse_repository_tag(image)
    if ":" in repository.rsplit("/", 1)[-1]:
        raise InvalidInput("That is not the name of an image.", field="image")
    return repository, tag or "latest"


def data_reference(ref: str, path: str) -> str:
    """The image that holds what a commit found in the volume at path."""
    repository, tag = split_reference(ref)
    return f"{repository}-data:{tag}-{short_hash(path)}"


def labels_of(thing: Mapping[str, Any]) -> dict[str, str]:
    """The labels of an inspected container, image or volume."""
    return thing.get("Labels") or (thing.get("Config") or {}).get("Labels") or {}


def instance_of(labels: Mapping[str, str], owner: str) -> UUID | None:
    """Whose container this is; None where it is another owner's or no instance at all."""
    if labels.get(OWNER) != owner:
        return None
    try:
        return UUID(labels.get(INSTANCE, ""))
    except ValueError:
        return None
