"""What this dialect is called, and the names in its addresses."""

DOOR = "cloudillo"
"""Its name among the doors: on keys, in settings, in what it wants echoed."""

FILES_PATH = "/api/files"
"""Where tokens may stand in the query even when nobody has to sign in."""
