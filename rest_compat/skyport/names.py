"""What this dialect is called, and what it calls itself."""

DOOR = "skyport"
"""Its name among the doors: on keys, in settings, in what it wants echoed."""

PANEL_NAME = "Skyport"
"""What GET /api/name says, as the original before anyone changes it."""
