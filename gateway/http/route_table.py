"""Many routes, found without asking one after the other: by their text, or by literal beginning and length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import Scope

TEMPLATE_SIGN = "{"


class RouteTable:
    """Exact paths are one look-up; templates are looked up by how many segments they have and how they begin."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._exact: dict[str, list[BaseRoute]] = {}
        self._templates: dict[tuple[int, str], list[BaseRoute]] = {}
        self._any_length: list[BaseRoute] = []
        for route in routes:
            self._add(route)

    def find(self, scope: Scope) -> BaseRoute | None:
        """The route that answers, noted in the scope. One whose method differs is second best: it says so itself."""
        second: tuple[BaseRoute, Scope] | None = None
        for route in self._candidates(get_route_path(scope)):
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                scope.update(child_scope, route=route)
                return route
            if match is Match.PARTIAL and second is None:
                second = route, child_scope
        if second is not None:
            scope.update(second[1], route=second[0])
            return second[0]
        return None

    def _add(self, route: BaseRoute) -> None:
        path = path_of(route)
        if path is None or ":path}" in path:
            self._any_length.append(route)
        elif TEMPLATE_SIGN in path:
            segments = path.split("/")
            self._templates.setdefault((len(segments), _beginning(segments)), []).append(route)
        else:
            self._exact.setdefault(path, []).append(route)

    def _candidates(self, path: str) -> Iterable[BaseRoute]:
        yield from self._exact.get(path, ())
        segments = path.split("/")
        for length in range(len(segments), 0, -1):
            yield from self._templates.get((len(segments), "/".join(segments[:length])), ())
        yield from self._any_length


def path_of(route: BaseRoute) -> str | None:
    """A route's template; None when it is of a kind that has none."""
    return route.path if isinstance(route, Route | WebSocketRoute) else None


def collision(ours: Iterable[str], theirs: Iterable[str]) -> tuple[str, str] | None:
    """Two templates that one path could match, or None."""
    split = [(path, path.split("/")) for path in theirs]
    for path in sorted(ours):
        segments = path.split("/")
        for other, other_segments in split:
            if len(segments) == len(other_segments) and all(map(_may_meet, segments, other_segments)):
                return path, other
    return None


def _may_meet(one: str, other: str) -> bool:
    return one == other or TEMPLATE_SIGN in one or TEMPLATE_SIGN in other


def _beginning(segments: Sequence[str]) -> str:
    literal = []
    for segment in segments:
        if TEMPLATE_SIGN in segment:
            break
        literal.append(segment)
    return "/".join(literal)
