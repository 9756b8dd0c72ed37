"""Five foreign languages over one domain. A dialect's words stop at its schemas.py."""
