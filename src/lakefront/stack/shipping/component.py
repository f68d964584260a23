"""`shipper`: sends what the components log to OpenSearch. One Python process; in containers Fluent Bit does it."""

from __future__ import annotations

from typing import Final

from lakefront.stack.component import Component
from lakefront.stack.own import own_component

COMPONENT: Final[Component] = own_component(
    "shipper", "Log shipper", "shipping", memory_mb=100, disk_mb=1000, after=("opensearch",)
)
