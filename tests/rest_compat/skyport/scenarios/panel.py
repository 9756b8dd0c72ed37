"""Images, and the panel itself."""

from __future__ import annotations

from tests.rest_compat.skyport.scenario import Scenario
from tests.rest_compat.skyport.world import EGG

PANEL = (
    Scenario("success", "GET", "/api/images", 200, lambda w: [{**EGG, "Variables": {}, "Id": str(w.image.id)}]),
    Scenario("success", "GET", "/api/name", 200, {"name": "Skyport"}),
)
