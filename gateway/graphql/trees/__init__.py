"""Realtime databases."""
