"""Fixtures for the whole house: the real engines (tests/engines)."""

pytest_plugins = [
    "tests.engines.plugin",
    "tests.engines.docker",
    "tests.engines.postgres",
    "tests.engines.redis",
    "tests.engines.programs",
]
