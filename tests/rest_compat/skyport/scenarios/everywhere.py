"""What every endpoint refuses alike."""

from __future__ import annotations

from rest_compat.skyport.routes import DIALECT
from tests.rest_compat.skyport.scenario import BAD, MISSING, Scenario, error

EVERYWHERE = tuple(
    Scenario(shows, endpoint.method, path, 401, error(message), send={}, at=lambda w: {"id": "0a1b2c3d"}, key=key)
    for endpoint in DIALECT.endpoints
    if not endpoint.public
    for path in endpoint.paths
    for shows, key, message in (
        ("missing key", MISSING, "API key is required"),
        ("bad key", BAD, "API Key Invalid"),
    )
)
