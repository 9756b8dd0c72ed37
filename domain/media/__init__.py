"""Media: what bytes are, and what can be made of them by computing alone."""
