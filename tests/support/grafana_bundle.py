"""A small bundle with two dashboards, which a test may change."""

from __future__ import annotations

from pathlib import Path

from lakefront.config import Settings, load_settings
from lakefront.grafana.sql import Tables
from lakefront.semantic import load_layer
from tests.support.dashboard_server import TOKEN

MANIFEST = """\
[bundle]
name = "shop"

[grafana]
folder = "Shop"
folder_uid = "shop"
runbooks = "https://shop.example.com/runbooks"

[env.local]
"""
MODEL = """\
version: 1
name: shop
description: A shop.
owner: shop@example.com
datasets:
  - name: orders
    source: shop.orders
    description: One row for each order.
    primary_key: [order_id]
    time: ordered_at
    columns:
      - {name: order_id, type: bigint, description: Number.}
      - name: ordered_at
        type: timestamp(6) with time zone
        description: When.
        time: {grains: [hour, day], zone: UTC}
      - {name: region, type: varchar, description: Where.}
      - {name: amount, type: "decimal(12,2)", description: How much.}
metrics:
  - name: revenue
    label: Revenue
    type: sum
    dataset: orders
    expression: amount
    unit: EUR
    description: What orders brought.
    owner: shop@example.com
"""
SHOP = """\
# What the shop earns.
version: 1
uid: shop
title: The shop
description: What the shop earns.
time: {since: now-7d}
links: [machines]
variables:
  - {name: region, label: Region, description: Where., values: [EU, US], multi: true, all: true}
rows:
  - title: Now
    panels:
      - title: Revenue
        kind: stat
        width: 6
        height: 4
        unit: currencyEUR
        description: What orders brought. # a comment that stays
        queries:
          - metrics: [revenue]
            where: region IN ($region)
      - title: Orders
        kind: table
        width: 18
        height: 4
        description: The newest orders.
        queries:
          - sql: |
              SELECT order_id, amount FROM shop.orders
              WHERE $__timeFilter(ordered_at) AND region IN ($region) LIMIT 10
"""
MACHINES = """\
version: 1
uid: machines
title: Machines
description: How machines do.
time: {since: now-1h}
rows:
  - title: Now
    panels:
      - title: CPU
        kind: timeseries
        width: 12
        unit: percentunit
        description: How busy.
        thresholds: {warning: 0.5, bad: 0.8}
        queries:
          - {promql: avg by (instance) (busy), legend: "{{instance}}"}
      - title: Lines
        kind: logs
        width: 12
        description: What they say.
        queries:
          - lucene: {search: "service:machine"}
"""


class GrafanaBundle:
    """The files of a bundle. `settings(url)`: those of a command that asks a server there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.definitions = folder / "grafana_dashboards" / "definitions"
        self.alerts = folder / "grafana_dashboards" / "alerts"
        self.json = folder / "grafana_dashboards" / "dashboards"
        self.runbooks = folder / "docs" / "operations" / "runbooks"
        for path in (self.definitions, self.alerts, self.json, self.runbooks, folder / "semantic_layer" / "models"):
            path.mkdir(parents=True)
        (folder / "lakefront.toml").write_text(MANIFEST, encoding="utf-8")
        (folder / "semantic_layer" / "models" / "shop.yml").write_text(MODEL, encoding="utf-8")
        self.define("shop", SHOP)
        self.define("machines", MACHINES)

    def define(self, name: str, text: str) -> Path:
        """Write a definition."""
        file = self.definitions / f"{name}.yml"
        file.write_text(text, encoding="utf-8")
        return file

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a definition."""
        text = (self.definitions / f"{name}.yml").read_text(encoding="utf-8")
        assert old in text
        self.define(name, text.replace(old, new))

    def settings(self, url: str = "", **environ: str) -> Settings:
        """Return the settings of a command."""
        own = {"GRAFANA_URL": url, "LAKEFRONT_GRAFANA_TOKEN": TOKEN} if url else {}
        return load_settings(bundle=self.folder, home=self.folder / ".lakefront", environ={**own, **environ})

    def tables(self) -> Tables:
        """Return how its tables are called."""
        layer = load_layer(self.folder / "semantic_layer")
        return Tables(layer, layer.schemas)
