"""The shipper's figures for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lakefront.stack.shipping.sender import Sender
from lakefront.stack.shipping.shipper import Shipper

_PREFIX: Final = "lakefront_shipper"


class Figures(Collector):
    """Reads the figures when they are asked for."""

    def __init__(self, shipper: Shipper, sender: Sender) -> None:
        self._shipper, self._sender = shipper, sender

    def collect(self) -> Iterator[Metric]:
        """Yield them."""
        told, sender = self._shipper.told, self._sender
        lines = CounterMetricFamily(f"{_PREFIX}_lines", "Log lines that are in OpenSearch.", labels=["service"])
        for service, count in sorted(told.lines.items()):
            lines.add_metric([service], count)
        yield lines
        for name, words, value in (
            ("known_lines", "Lines that were sent again and that were there.", sender.known),
            (
                "mended_lines",
                "Lines that are kept as plain text, since OpenSearch refused their fields.",
                sender.mended,
            ),
            ("refused_lines", "Lines that OpenSearch does not take at all; they are set aside.", sender.refused),
            ("failures", "Attempts to send that failed.", told.failures),
            ("lost_bytes", "Bytes of logs that were given up: more waited than is kept.", told.lost_bytes),
        ):
            yield CounterMetricFamily(f"{_PREFIX}_{name}", words, value=value)
        now = time.monotonic()
        behind = GaugeMetricFamily(f"{_PREFIX}_behind_bytes", "Bytes of logs that wait.", labels=["service"])
        seconds = GaugeMetricFamily(f"{_PREFIX}_behind_seconds", "Since when logs wait.", labels=["service"])
        # Those that do not wait are told, too: a figure that is not there says nothing.
        since = dict(told.since)
        for service in sorted({*told.lines, *told.behind}):
            behind.add_metric([service], told.behind.get(service, 0))
            seconds.add_metric([service], now - since[service] if service in since else 0)
        yield from (behind, seconds)
        ago = 0.0 if told.last_sent is None else now - told.last_sent
        yield GaugeMetricFamily(f"{_PREFIX}_last_sent_seconds", "Seconds since lines were sent.", value=ago)
        yield GaugeMetricFamily(f"{_PREFIX}_failing", "1 while lines cannot be sent.", value=int(bool(told.problem)))
