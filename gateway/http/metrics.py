"""Prometheus figures of one process, in a registry of their own. Every label has few possible values."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counters that grow where things happen; gauges are set when somebody asks (gateway/http/figures.py)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._of_request: dict[tuple[str, str, str, int], tuple[Counter, Histogram]] = {}
        self.requests = Counter(
            "gatehouse_requests",
            "HTTP requests answered.",
            ["door", "route", "method", "status"],
            registry=self.registry,
        )
        self.latency = Histogram(
            "gatehouse_request_seconds",
            "Time to answer an HTTP request.",
            ["door", "route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.operations = Counter(
            "gatehouse_operations",
            "Attempts at operations that ended here, by kind and outcome.",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self.operations_waiting = self._gauge("operations_waiting", "Operations by state, not ended.", "state")
        self.open_sockets = self._gauge("open_sockets", "Sockets and event streams open here.", "channel")
        self.open_upstreams = self._gauge("open_upstreams", "Log, figure and console streams open towards engines.")
        self.outbox_waiting = self._gauge("outbox_waiting", "Events committed that have no position yet.")
        self.feed_lag = self._gauge("feed_lag_events", "Events positioned that this process has not handed out yet.")
        self.bus_up = self._gauge("bus_up", "1 when the bus answers.")
        self.node_up = self._gauge("node_up", "1 when the node's engine answered last.", "node", "driver")
        self.task_failing = self._gauge("background_task_failing", "1 for a task that crashed lately.", "task")

    def count_operation(self, kind: str, outcome: str) -> None:
        """What a worker reports after every attempt."""
        self.operations.labels(kind, outcome).inc()

    def count_request(self, door: str, route: str, method: str, status: int, seconds: float) -> None:
        key = (door, route, method if method in KNOWN_METHODS else "other", status)
        found = self._of_request.get(key)
        if found is None:
            counter, latency = self.requests.labels(*key[:3], str(status)), self.latency.labels(door, route)
            found = self._of_request[key] = (counter, latency)
        found[0].inc()
        found[1].observe(seconds)

    def text(self) -> bytes:
        """In the Prometheus text format."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"gatehouse_{name}", about, labels, registry=self.registry)
