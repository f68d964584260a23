"""`monitor`: what the stack as a whole tells Prometheus. One Python process."""

from __future__ import annotations

from typing import Final

from lakefront.stack.component import Component
from lakefront.stack.own import own_component

COMPONENT: Final[Component] = own_component("monitor", "Monitor", "monitor", memory_mb=120)
