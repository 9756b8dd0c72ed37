"""Which tenant an id tag means, kept in memory and dropped as soon as a tenant changes."""

from __future__ import annotations

from uuid import UUID

from domain.models.tenant import Tenant

DEFAULT_SLUG = "default"


class TenantDirectory:
    """Tenants by their id tag. default_tag: that of the tenant meant when nobody says."""

    def __init__(self, default_tag: str, max_entries: int = 10_000) -> None:
        self._default_tag = default_tag
        self._max_entries = max_entries
        self._known: dict[str, UUID | None] = {}
        self._generation = 0

    async def find(self, id_tag: str) -> UUID | None:
        """id_tag: canonical."""
        if id_tag in self._known:
            return self._known[id_tag]
        generation = self._generation
        tenant = await Tenant.get_or_none(id_tag=id_tag)
        found = tenant.id if tenant else None
        self._keep(id_tag, found, generation)
        return found

    async def default(self) -> UUID | None:
        """The tenant of the default id tag, else the one that the first start made."""
        found = await self.find(self._default_tag)
        if found is not None:
            return found
        seeded = await Tenant.get_or_none(slug=DEFAULT_SLUG)
        return seeded.id if seeded else None

    def hear(self, name: str) -> None:
        """Give it the name of every event."""
        if name == "TenantChanged":
            self.clear()

    def clear(self) -> None:
        self._generation += 1
        self._known.clear()

    def _keep(self, id_tag: str, found: UUID | None, generation: int) -> None:
        """Unless a tenant changed while it was looked up. Strangers may ask for any name: only found ones stay long."""
        if generation != self._generation:
            return
        if len(self._known) >= self._max_entries:
            self._known = {tag: known for tag, known in self._known.items() if known is not None}
        if len(self._known) < self._max_entries:
            self._known[id_tag] = found
