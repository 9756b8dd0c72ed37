"""What the tests of Cloudillo's door stand on."""

from __future__ import annotations

from tests.rest_compat.cloudillo.town import furnished_town, street, town, town_app, town_database

__all__ = ["furnished_town", "street", "town", "town_app", "town_database"]
