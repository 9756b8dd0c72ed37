"""A tenant with its people, and strangers."""

from tests.domain.files.conftest import operator, owner, stranger, tenant, viewer

__all__ = ["operator", "owner", "stranger", "tenant", "viewer"]
