"""What Trino is told: send every finished query to our receiver and, where the stack has one, to OpenSearch.

Trino sends in the background and never waits for an answer: without a receiver queries go on, and an event is tried
again for about two minutes before it is dropped with an error in Trino's log.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from lakefront.config import Settings
from lakefront.stack.component import Context

OPENSEARCH_CATALOG: Final = "opensearch"
#: Path that our receiver takes events at.
EVENTS_PATH: Final = "/v1/events"
#: Name of the pipeline in `deploy/opensearch/pipelines/`. Named in the address: should it be missing, OpenSearch
#: refuses an event rather than keep its hundreds of nested fields.
_PIPELINE: Final = "trino-audit"


def has_opensearch(settings: Settings) -> bool:
    """Whether this home's stack has an OpenSearch of its own."""
    return settings.has_local("opensearch")


def listeners(context: Context) -> dict[str, dict[str, str]]:
    """Return the properties of each listener, by a name for its file.

    https://trino.io/docs/476/admin/event-listeners-http.html
    """
    found: dict[str, dict[str, str]] = {}
    if context.settings.has_local("audit"):
        # After 1, 2, 4, 8, 16, 30, 30 and 30 s.
        found["audit"] = _properties(
            f"{context.url('audit')}{EVENTS_PATH}", retries=8, delay="1s", base=2, longest="30s"
        )
    if has_opensearch(context.settings):
        address = f"{context.url('opensearch')}/{_PIPELINE}/_doc?pipeline={_PIPELINE}"
        # After 2, 6, 18, 54 and 60 s.
        found["opensearch"] = _properties(address, retries=5, delay="2s", base=3, longest="1m")
    return found


def _properties(address: str, *, retries: int, delay: str, base: int, longest: str) -> dict[str, str]:
    return {
        "event-listener.name": "http",
        "http-event-listener.log-completed": "true",
        "http-event-listener.connect-ingest-uri": address,
        "http-event-listener.connect-retry-count": str(retries),
        "http-event-listener.connect-retry-delay": delay,
        "http-event-listener.connect-backoff-base": str(base),
        "http-event-listener.connect-max-delay": longest,
    }


def opensearch_catalog(context: Context) -> dict[str, str]:
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
