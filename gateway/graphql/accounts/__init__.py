"""People, their sessions and keys."""
