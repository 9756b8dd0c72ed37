"""What every dialect stands on: one table of endpoints, from which routes and documentation are made."""

from rest_compat._kit.answer import Answer, Answers, Reply, Told
from rest_compat._kit.dialect import STANDARD, Call, Dialect, Endpoint, House, Refusal
from rest_compat._kit.mount import mount, standalone
from rest_compat._kit.pages import docs_routes

__all__ = [
    "STANDARD",
    "Answer",
    "Answers",
    "Call",
    "Dialect",
    "Endpoint",
    "House",
    "Refusal",
    "Reply",
    "Told",
    "docs_routes",
    "mount",
    "standalone",
]
