"""How many documents OpenSearch has of a service's log, and how many different ones."""

from __future__ import annotations

from typing import Any

import httpx


def ask(client: httpx.Client, path: str, body: dict[str, Any] | None) -> Any:
    """Return the answer to a POST. Raises httpx.HTTPError."""
    return client.post(path, json=body).raise_for_status().json()


def count(client: httpx.Client, service: str) -> int:
    """Return how many documents of a service are found."""
    return int(ask(client, "/logs-*/_count", {"query": {"term": {"service": service}}})["count"])


def distinct(client: httpx.Client, service: str) -> int:
    """Return how many different lines of a service there are, exactly: they are numbered, in the field `logger`."""
    number = 0
    pages: dict[str, Any] = {"sources": [{"logger": {"terms": {"field": "logger"}}}], "size": 10_000}
    body = {"size": 0, "query": {"term": {"service": service}}, "aggs": {"each": {"composite": pages}}}
    while True:
        page = ask(client, "/logs-*/_search", body)["aggregations"]["each"]
        number += len(page["buckets"])
        if "after_key" not in page:
            return number
        pages["after"] = page["after_key"]
