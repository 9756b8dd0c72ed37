"""Words on files."""
