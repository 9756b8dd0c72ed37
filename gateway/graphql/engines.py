"""One engine for each set of settings, made when first needed."""

from __future__ import annotations

from functools import cache

import strawberry

from gateway.graphql.engine import Engine
from gateway.graphql.schema import build_schema
from gateway.graphql.settings import GraphQLSettings


@cache
def the_schema() -> strawberry.Schema:
    return build_schema()


@cache
def engine_for(settings: GraphQLSettings) -> Engine:
    """Replicas in one process share what they have checked."""
    return Engine(the_schema(), settings)
