"""A Superset with the bundle in it, everybody who may come in, and what Trino itself shows each of them."""

from __future__ import annotations

import datetime as dt
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from lakefront.config import Settings
from lakefront.superset.client import SupersetClient
from lakefront.superset.layout_check import charts_in
from lakefront.trino import Trino
from tests.support.cli import ROOT
from tests.support.superset import Visitor, messages

ASSETS = ROOT / "superset_assets"
OWNER = "data-protection@example.com"
EVERYBODY = ("admin", "ana", "dana", "elena", "olga", "tom", "victor")
#: Who may open which dataset, written by hand from the policy: the second opinion.
OPEN = {
    "customer_360": {"admin", "ana", "dana", "elena"},
    "daily_statistics": {"admin", "ana", "dana", "tom"},
    "media": {"admin", "ana", "dana", "victor"},
    "monthly_results": {"admin", "ana", "dana", "elena", "victor"},
    "monthly_results_as_of": {"admin", "ana", "dana", "elena", "victor"},
    "monthly_results_as_of_dates": {"admin", "ana", "dana", "elena", "victor"},
    "sales": {"admin", "ana", "dana", "victor"},
    "customer_list": {"admin", "ana", "dana", "elena", "victor"},
    "business_accounts": {"admin", "ana", "dana", "elena"},
    "option_trades": {"admin", "ana", "dana", "tom"},
    "deliveries": {"admin", "ana", "dana", "victor"},
    "campaign_events": {"admin", "ana", "dana", "victor"},
    "campaign_results": {"admin", "ana", "dana", "victor"},
    "visitor_cohorts": {"admin", "ana", "dana", "victor"},
    "quality_results": {"admin", "olga"},
}
#: Each question to these changes their answer: see test_audit_of_superset.py.
OPEN_AND_MOVING = {"query_audit": {"admin", "olga"}, "tables_asked": {"admin", "olga"}}
WRITES_SQL = {"admin", "ana", "dana"}
#: A question to each dataset: by what, how much.
QUESTIONS = {
    "customer_360": ("region", "account_revenue"),
    "daily_statistics": ("underlying", "daily_volume"),
    "media": ("kind", "duplicate_bytes"),
    "monthly_results": ("region", "booked_revenue"),
    "sales": ("region", "revenue"),
    "customer_list": ("region", "signups"),
    "business_accounts": ("region", "accounts"),
    "option_trades": ("underlying", "trades"),
    "deliveries": ("region", "shipped_orders"),
    "campaign_events": ("variant", "buyers"),
    "campaign_results": ("campaign_channel", "attributed_return"),
    "visitor_cohorts": ("campaign_channel", "cohort_buyers"),
    "quality_results": ("severity", "rules_failed"),
}
#: What the semantic layer calls a column, where a dataset calls it otherwise or others have one of its name.
COLUMNS = {
    "customer_360": "accounts.region",
    "monthly_results": "monthly_close.region",
    "sales": "orders.region",
    "customer_list": "customers.region",
    "business_accounts": "accounts.region",
    "deliveries": "orders.region",
    "campaign_results": "campaigns.channel",
    "visitor_cohorts": "visitor_cohorts.channel",
    "quality_results": "quality_results.severity",
}


@cache
def yaml_of(file: Path) -> dict[str, Any]:
    """Return what a file says."""
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    return data


CHARTS = {file.stem: yaml_of(file) for file in sorted((ASSETS / "charts").glob("*.yaml"))}
DATASETS = {
    str(yaml_of(file)["uuid"]): file.stem for file in sorted((ASSETS / "datasets" / "lakehouse").glob("*.yaml"))
}


def _shown(dashboard: Path) -> list[dict[str, Any]]:
    """Return the charts of a dashboard."""
    return [CHARTS[slug] for _, slug in charts_in(yaml_of(dashboard)["layout"])]


DASHBOARDS = {file.stem: _shown(file) for file in sorted((ASSETS / "dashboards").glob("*.yaml"))}


class House:
    """A Superset with the bundle in it, and everybody who may come in."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.admin = SupersetClient.from_settings(settings, timeout=180).__enter__()
        self._truths: dict[tuple[Any, ...], dict[tuple[str, ...], Any]] = {}
        self._trino = Trino.from_settings(settings, source="lakefront-tests")

    @cached_property
    def datasets(self) -> dict[str, int]:
        return {asset.title: asset.id for asset in self.admin.assets("dataset")}

    @cached_property
    def databases(self) -> dict[str, int]:
        return {asset.title: asset.id for asset in self.admin.assets("database")}

    @cached_property
    def charts(self) -> dict[str, int]:
        return self.admin.ids("chart")

    @cached_property
    def visitors(self) -> dict[str, Visitor]:
        return {name: Visitor(self.settings, name) for name in EVERYBODY}

    def rows(self, user: str, sql: str) -> list[tuple[Any, ...]]:
        """Return what Trino itself shows a person."""
        return self._trino.signed_in_as(user).query(sql).rows

    def truth(self, user: str, dataset: str, columns: list[str], metrics: list[str]) -> dict[tuple[str, ...], Any]:
        """Return the numbers of a dataset as Trino itself shows them to a person; asked once."""
        key = (user, dataset, *columns, *metrics)
        if key not in self._truths:
            self._truths[key] = self._asked(user, dataset, columns, metrics)
        return self._truths[key]

    def _asked(self, user: str, dataset: str, columns: list[str], metrics: list[str]) -> dict[tuple[str, ...], Any]:
        return table_of(self.rows(user, self.sql_of(dataset, columns, metrics)), len(columns))

    def sql_of(self, dataset: str, columns: list[str], metrics: list[str]) -> str:
        """Return the question to a dataset as SQL over the lake's tables."""
        data = yaml_of(ASSETS / "datasets" / "lakehouse" / f"{dataset}.yaml")
        expressions = {item["metric_name"]: item["expression"] for item in data["metrics"]}
        selected = [*(f'"{name}"' for name in columns), *(f'{expressions[name]} AS "{name}"' for name in metrics)]
        grouped = f" GROUP BY {', '.join(str(n + 1) for n in range(len(columns)))}" if columns else ""
        return f"SELECT {', '.join(selected)} FROM ({data['sql']}) AS t{grouped}"

    def close(self) -> None:
        """End all sessions."""
        for visitor in self.__dict__.get("visitors", {}).values():
            visitor.close()
        self.admin.__exit__(None, None, None)


def table_of(rows: list[tuple[Any, ...]], keys: int) -> dict[tuple[str, ...], Any]:
    """Return rows of Trino by their first `keys` columns, as Superset has them; numbers as near as floats are."""
    return {tuple(_key(v) for v in row[:keys]): [_number(v) for v in row[keys:]] for row in rows}


def _key(value: Any) -> str:
    """Return a value as Superset's JSON has it: a day in milliseconds since 1970."""
    if isinstance(value, dt.date):
        return str(dt.datetime.combine(value, dt.time(), dt.UTC).timestamp() * 1000)
    return str(value)


def _number(value: Any) -> float | None:
    return None if value is None else pytest.approx(float(value), rel=1e-9)


def answered(response: httpx.Response, columns: list[str], metrics: list[str]) -> dict[tuple[str, ...], Any]:
    """Return the rows of a chart's answer in JSON, in the form of `table_of`."""
    assert response.status_code == 200, messages(response)
    rows = response.json()["result"][0]["data"]
    return {
        tuple(str(row[name]) for name in columns): [None if row[m] is None else float(row[m]) for m in metrics]
        for row in rows
    }
