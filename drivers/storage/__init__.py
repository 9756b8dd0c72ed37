"""Where bytes lie: memory (tests), disk (default), s3."""
