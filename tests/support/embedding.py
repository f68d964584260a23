"""A dashboard that pages may show, with a filter on each dataset, and guests of it."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from lakefront.superset.client import SupersetClient
from lakefront.superset.guest_token import guest_token
from tests.support.house import House
from tests.support.superset import Guest


@dataclass(frozen=True)
class Shown:
    """The dashboard. `uuid` stands in tokens."""

    house: House
    id: int
    uuid: str

    def guest(self, person: str, rows: dict[int, str] | None = None) -> Guest:
        """Return somebody whom a page shows it."""
        settings = self.house.settings
        token = guest_token(
            settings.secrets.guest_secret, settings.env_name, person, [self.uuid], now=time.time(), rows=rows
        )
        return Guest(settings, token, name=person)

    def ask(self, guest: Guest, dataset: str, query: dict[str, Any], **more: Any) -> Any:
        """Ask a dataset as the dashboard's filter on it, with columns of one's own."""
        number = self.house.datasets[dataset]
        return guest.filter_values(number, query, dashboard=self.id, native_filter=f"F-{number}", **more)


def embed(house: House) -> Shown:
    """Make it. Raises as SupersetClient."""
    filters = [
        {"id": f"F-{number}", "name": name, "filterType": "filter_select", "targets": [{"datasetId": number}]}
        for name, number in house.datasets.items()
    ]
    title = f"Embedded {uuid.uuid4().hex[:8]}"
    metadata = json.dumps({"native_filter_configuration": filters})
    made = house.admin.post("/dashboard/", {"dashboard_title": title, "json_metadata": metadata, "published": True})
    number = int(made["id"])
    house.admin.put(f"/dashboard/{number}/embedded", {"allowed_domains": list(house.settings.explorer_origins)})
    return Shown(house, number, str(house.admin.one(f"/dashboard/{number}")["uuid"]))


def remove(client: SupersetClient, shown: Shown) -> None:
    """Take it away."""
    client.remove("/dashboard/", [shown.id])
