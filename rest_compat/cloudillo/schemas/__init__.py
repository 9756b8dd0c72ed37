"""Cloudillo's words. Optional values are absent, never null, unless a client's decoder wants null."""
