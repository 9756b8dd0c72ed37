"""Fixtures for the whole house: the real engines (tests/engines) and a database for each test."""

pytest_plugins = [
    "tests.engines.plugin",
    "tests.engines.docker",
    "tests.engines.postgres",
    "tests.engines.redis",
    "tests.engines.programs",
    "tests.databases",
]
