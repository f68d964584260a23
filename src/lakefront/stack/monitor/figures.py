"""The figures of the stack for Prometheus, read when they are asked for. docs/operations/metrics.md lists them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import httpx
import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lakefront.config import Settings
from lakefront.stack.probes import ask, http_status
from lakefront.stack.state import ComponentState, Phase, StackState, read_state

_log: Final = logging.getLogger("monitor")

#: How OpenSearch says that it is -> the figure.
_COLOURS: Final = {"green": 0, "yellow": 1, "red": 2}
_UP: Final = {Phase.READY, Phase.EXTERNAL}
_PATIENCE_SECONDS: Final = 2.0
#: Parts without figures of their own, and what is asked of them. Any answer is one: an object store wants a signature.
_ASKED: Final = {"objects": "/", "catalog": "/v1/config"}
_ANY: Final = (200, 400, 401, 403, 404)


@dataclass(frozen=True)
class Bucket:
    """What is in a bucket."""

    name: str
    objects: int
    size: int


class Buckets:
    """What is in each bucket, counted anew in the background every `every` seconds: a listing takes a while."""

    def __init__(self, count: Callable[[], list[Bucket]], *, every: float = 300.0) -> None:
        self._count, self._every = count, every
        self.known: list[Bucket] = []

    def run(self, ended: threading.Event) -> None:
        """Count until told to stop."""
        while not ended.is_set():
            began = time.monotonic()
            try:
                self.known = self._count()
                wait = self._every
            except Exception as error:  # noqa: BLE001 - whatever the object store does, the other figures go on
                _log.warning("buckets are not counted: %s", error)
                wait = min(self._every, 15.0)
            # A lake that takes long to list is not listed all the time.
            ended.wait(max(wait, 10 * (time.monotonic() - began)))


class Figures(Collector):
    """Reads the state that the supervisor writes, the processes, and OpenSearch's health."""

    def __init__(self, settings: Settings, buckets: Buckets) -> None:
        self._settings, self._buckets = settings, buckets

    def problem(self) -> str | None:
        """Return why most figures are missing; None when they are not."""
        file = self._settings.home.state_file
        return None if read_state(file).components else f"{file.name} tells of no component"

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        state = read_state(self._settings.home.state_file)
        yield from _of_components(state)
        yield _probed(self._settings)
        objects = GaugeMetricFamily("lakefront_objects_count", "Objects in a bucket.", labels=["bucket"])
        size = GaugeMetricFamily("lakefront_objects_bytes", "Bytes of the objects in a bucket.", labels=["bucket"])
        for bucket in self._buckets.known:
            objects.add_metric([bucket.name], bucket.objects)
            size.add_metric([bucket.name], bucket.size)
        yield from (objects, size)
        if self._settings.has_local("opensearch") or self._settings.service("opensearch").external:
            words = "0 green, 1 yellow, 2 red, 3 where it does not answer."
            value = opensearch_status(self._settings.service("opensearch").url)
            yield GaugeMetricFamily("lakefront_opensearch_status", words, value=value)


def _of_components(state: StackState) -> Iterator[Metric]:
    up = GaugeMetricFamily("lakefront_component_up", "1 when a part answers as it should.", labels=["component"])
    words = "Starts after an end that nobody asked for."
    restarts = CounterMetricFamily("lakefront_component_restarts", words, labels=["component"])
    memory = GaugeMetricFamily("lakefront_component_memory_bytes", "Resident memory.", labels=["component"])
    for name, component in state.components.items():
        up.add_metric([name], int(component.phase in _UP))
        restarts.add_metric([name], component.restarts)
        taken = _memory(component)
        if taken is not None:
            memory.add_metric([name], taken)
    yield from (up, restarts, memory)


def _probed(settings: Settings) -> Metric:
    """Return how long parts take to answer that tell no figures of their own; none of one that does not answer."""
    seconds = GaugeMetricFamily("lakefront_component_probe_seconds", "Time to answer a probe.", labels=["component"])
    for name in _ASKED:
        if settings.has_local(name) or settings.service(name).external:
            began, url = time.monotonic(), f"{settings.service(name).url}{_ASKED[name]}"
            if http_status(url, accept=_ANY, timeout=_PATIENCE_SECONDS) is None:
                seconds.add_metric([name], time.monotonic() - began)
    return seconds


def _memory(component: ComponentState) -> int | None:
    """Return the resident memory of a part's process and those below it; None where it has none."""
    process = component.identity.process() if component.identity else None
    if process is None:
        return None
    try:
        family = [process, *process.children(recursive=True)]
        return sum(int(each.memory_info().rss) for each in family)
    except psutil.Error:  # it has just ended
        return None


def opensearch_status(url: str) -> int:
    """Return how OpenSearch is: 0 green, 1 yellow, 2 red, 3 where it does not answer."""
    try:
        answer = ask(f"{url}/_cluster/health", timeout=_PATIENCE_SECONDS)
        return _COLOURS[answer.raise_for_status().json()["status"]]
    except (httpx.HTTPError, ValueError, KeyError):
        return 3
