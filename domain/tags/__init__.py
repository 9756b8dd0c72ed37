"""Tags: words that people put on files."""
