"""Preferences: named values of a tenant, with defaults for the whole platform."""
