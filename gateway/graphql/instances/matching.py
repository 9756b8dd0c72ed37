"""Whether an instance, as an event brought it, is one of those a filter asks for."""

from __future__ import annotations

from domain.instances.queries import InstanceFilter
from domain.models.instance import Instance, InstanceState


def matches(instance: Instance, filters: InstanceFilter) -> bool:
    """The same answer that the database gives for the filter."""
    if instance.state is InstanceState.DELETED and not filters.include_deleted:
        return False
    if filters.states and instance.state not in filters.states:
        return False
    if filters.suspended is not None and instance.suspended is not filters.suspended:
        return False
    if filters.name_contains is not None and filters.name_contains.lower() not in instance.name.lower():
        return False
    return all(
        wanted is None or str(wanted).lower() == str(getattr(instance, column))
        for column, wanted in (
            ("node_id", filters.node_id),
            ("owner_id", filters.owner_id),
            ("tenant_id", filters.tenant_id),
            ("image_id", filters.image_id),
        )
    )
