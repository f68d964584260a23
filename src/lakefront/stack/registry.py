"""The components that the local stack is made of."""

from __future__ import annotations

from typing import Final

from lakefront.stack import (
    alertmanager,
    catalog,
    explorer,
    grafana,
    node,
    objects,
    opensearch,
    prometheus,
    superset,
    trino,
)
from lakefront.stack.audit import component as audit
from lakefront.stack.component import Component
from lakefront.stack.monitor import component as monitor
from lakefront.stack.shipping import component as shipper

#: In the order in which they are shown.
COMPONENTS: Final[tuple[Component, ...]] = (
    objects.COMPONENT,
    catalog.COMPONENT,
    audit.COMPONENT,
    trino.COMPONENT,
    superset.COMPONENT,
    explorer.COMPONENT,
    opensearch.COMPONENT,
    shipper.COMPONENT,
    monitor.COMPONENT,
    node.COMPONENT,
    alertmanager.COMPONENT,
    prometheus.COMPONENT,
    grafana.COMPONENT,
)


def component(name: str) -> Component:
    """Return a component by its name. Raises KeyError: names from users are checked before."""
    return next(item for item in COMPONENTS if item.name == name)
