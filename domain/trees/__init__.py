"""Realtime databases: JSON documents in collections, changed in transactions, queried, watched and locked."""
