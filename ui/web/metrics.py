"""Figures of the running server for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ui.web.desk import Desk

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The figures of one server; each server has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        PlatformCollector(registry=self.registry)
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "groundwire_requests",
            "Requests by method, route and status; status 0: the client went away.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "groundwire_request_seconds",
            "How long requests took.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._answers = Counter(
            "groundwire_answers",
            "Answers by whether the articles say.",
            ("answered",),
            registry=self.registry,
        )
        self._answer_seconds = Histogram(
            "groundwire_answer_seconds",
            "How long answers took, waiting included.",
            buckets=_SECONDS,
            registry=self.registry,
        )

    def watch(self, desk: Desk) -> None:
        """Tell of this desk, too."""
        self.registry.register(_DeskFigures(desk))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def answer(self, answered: bool, seconds: float) -> None:
        """Count an answer."""
        self._answers.labels(str(answered).lower()).inc()
        self._answer_seconds.observe(seconds)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)


class _DeskFigures(Collector):
    """What is true of a desk at this moment."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[Metric]:
        figures = {
            "asks_running": ("Questions that are being answered.", self._desk.running),
            "asks_waiting": ("Questions that wait for their turn.", self._desk.waiting),
            "articles": ("Articles in the library.", self._desk.library.count_articles()),
            "passages": ("Passages in the library.", self._desk.library.count_passages()),
        }
        for name, (text, value) in figures.items():
            yield GaugeMetricFamily(f"groundwire_{name}", text, value=value)
