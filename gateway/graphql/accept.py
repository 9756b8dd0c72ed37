"""What kind of answer a client wants: the Accept header, read properly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
HTML = "text/html"
_JSON_TYPES = (JSON, GRAPHQL_JSON)


@dataclass(frozen=True, slots=True)
class Accepted:
    """json: the JSON type to answer with, None when the client takes neither. event_stream: whether it takes a stream.

    A client that merely lists text/event-stream beside JSON takes a stream for subscriptions, and JSON for the rest.
    """

    json: str | None
    event_stream: bool
    html: bool

    @classmethod
    def of(cls, header: str | None) -> Accepted:
        """JSON is meant by a missing header and by */*."""
        ranges = list(_ranges(header or "*/*"))
        weights = {kind: _weight(kind, ranges) for kind in (*_JSON_TYPES, EVENT_STREAM)}
        named_html = any(name == HTML and weight > 0 for name, weight in ranges)
        best = max(_JSON_TYPES, key=lambda kind: (weights[kind], _named_first(kind, ranges)))
        return cls(
            json=best if weights[best] > 0 else None,
            event_stream=any(name == EVENT_STREAM and weight > 0 for name, weight in ranges),
            html=named_html,
        )

    @property
    def only_streams(self) -> bool:
        """Whether even a query has to be answered as a stream."""
        return self.event_stream and self.json is None


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        weight = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        try:
            yield name, float(weight)
        except ValueError:
            yield name, 0.0


def _weight(kind: str, ranges: list[tuple[str, float]]) -> float:
    """The most exact range that covers the type decides."""
    family = kind.partition("/")[0] + "/*"
    for wanted in (kind, family, "*/*"):
        found = [weight for name, weight in ranges if name == wanted]
        if found:
            return max(found)
    return 0.0


def _named_first(kind: str, ranges: list[tuple[str, float]]) -> int:
    """Of two equally welcome types the one named earlier; one that is only covered by a wildcard comes last, but JSON
    before GraphQL's own type."""
    names = [name for name, _ in ranges]
    if kind in names:
        return len(names) - names.index(kind)
    return 0 if kind == JSON else -1
