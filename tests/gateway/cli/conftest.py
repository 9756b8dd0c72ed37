"""The command line of every test here."""

from tests.gateway.cli.command import gatehouse

__all__ = ["gatehouse"]
