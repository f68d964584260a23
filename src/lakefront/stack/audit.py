"""What Trino is told when the stack has OpenSearch: send it every finished query, and read it as a catalog.

Trino sends in the background and never waits for an answer: without OpenSearch queries go on, and an event is tried
again for about two minutes before it is dropped with an error in Trino's log.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from lakefront.config import Settings
from lakefront.stack.component import Context

CATALOG: Final = "opensearch"
#: Name of the pipeline in `deploy/opensearch/pipelines/`. Named in the address: should it be missing, OpenSearch
#: refuses an event rather than keep its hundreds of nested fields.
_PIPELINE: Final = "trino-audit"


def is_wanted(settings: Settings) -> bool:
    """Whether this home's stack has an OpenSearch of its own."""
    return settings.has_local("opensearch")


def listener_properties(context: Context) -> dict[str, str]:
    """Return `event-listener.properties`. https://trino.io/docs/476/admin/event-listeners-http.html"""
    return {
        "event-listener.name": "http",
        "http-event-listener.log-completed": "true",
        "http-event-listener.connect-ingest-uri": f"{context.url('opensearch')}/{_PIPELINE}/_doc?pipeline={_PIPELINE}",
        # After 2, 6, 18, 54 and 60 s.
        "http-event-listener.connect-retry-count": "5",
        "http-event-listener.connect-retry-delay": "2s",
        "http-event-listener.connect-backoff-base": "3",
        "http-event-listener.connect-max-delay": "1m",
    }


def catalog_properties(context: Context) -> dict[str, str]:
    """Return the catalog's properties. https://trino.io/docs/476/connector/opensearch.html"""
    address = urlsplit(context.url("opensearch"))
    return {
        "connector.name": "opensearch",
        "opensearch.host": address.hostname or "",
        "opensearch.port": str(address.port),
        "opensearch.default-schema-name": "default",
        # After OpenSearch was away, this long until it can be asked again.
        "opensearch.node-refresh-interval": "5s",
    }
