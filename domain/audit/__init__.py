"""The audit log, read; every verb writes its own lines."""
