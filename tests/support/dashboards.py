"""The dashboards of the bundle as tests and pictures need them, read from its files: no list is kept by hand."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from lakefront.config import Settings
from lakefront.semantic import SemanticLayer
from lakefront.semantic.ask import Semantic
from lakefront.semantic.view_as_of import COMPARED
from lakefront.superset.access_files import AccessBundle, read_access
from lakefront.superset.bundle import AssetFile, Bundle, read_bundle
from lakefront.superset.position import ROOT as ROOT_BLOCK
from lakefront.superset.queries.dashboard import (
    Placed,
    as_sent,
    covers,
    filter_of_chart,
    native_filters,
    placed_charts,
)
from lakefront.superset.queries.run import Opened
from tests.support.cli import ROOT
from tests.support.superset import Visitor, messages

#: Types of chart that are drawn as HTML; all others paint a canvas.
_HTML: Final = frozenset({"table", "pivot_table_v2", "big_number_total", "handlebars"})
#: Views of what has been asked.
_AUDIT: Final = frozenset({"query_audit", "tables_asked"})
#: Superset's grains -> those of the semantic layer.
_GRAINS: Final = {"P1D": "day", "P1W": "week", "P1M": "month", "P3M": "quarter", "P1Y": "year"}
_SCALES: Final = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "T": 1e12, "%": 0.01}
_SHOWN: Final = re.compile(r"^([+\-−]?)[$ ]*([\d,]+(?:\.(\d+))?)(?:e([+\-−]\d+))? ?(%|k|M|G|B|T)?B?$")
_FIXED: Final = re.compile(r"^(\d{4}-\d{2}-\d{2}) : (\d{4}-\d{2}-\d{2})$")
#: A unit of the layout's heights is so many pixels; what stands above and between charts is not much higher.
_UNIT, _BETWEEN, _ABOVE = 8, 40, 400
_Block = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """A value chosen in a dashboard's filter. `filter`: its id."""

    filter: str
    column: str
    value: str


@dataclass(frozen=True)
class Number:
    """A number in large type. `shown_in`: the chart's title; `period`: as the time filter has it.

    `last`: the grain, where the number of the last one is shown.
    """

    shown_in: str
    metric: str
    view: str
    period: str
    last: str | None
    placed: Placed

    @property
    def question(self) -> tuple[str, str, str | None]:
        """What it has in common with numbers that one query can answer together with it."""
        return (self.view, self.period, self.last)


@dataclass(frozen=True)
class Tab:
    """What of a dashboard is seen together. `title`: on the tab, empty where a dashboard has none.

    `filters`: the ids of those that bear on a chart of it; `height`: in pixels, of a window that has every chart in
    view: charts are drawn when they come into view.
    """

    title: str
    charts: tuple[Placed, ...]
    filters: frozenset[str]
    height: int

    @property
    def canvases(self) -> int:
        """How many charts paint a canvas at least."""
        return sum(_paints(placed.chart.data) for placed in self.charts)


@dataclass(frozen=True)
class Dashboard:
    """One dashboard. `asset`: as Superset is told it; `file`: as it is written, with owners and roles.

    `people`: one of each role that may open it; `datasets`: uuid -> name.
    """

    asset: AssetFile
    file: AssetFile
    charts: tuple[Placed, ...]
    people: tuple[str, ...]
    datasets: Mapping[str, str]

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return self.asset.slug

    @property
    def grows(self) -> bool:
        """Whether looking at it adds to what it shows."""
        return any(self.datasets[str(placed.chart.data["dataset_uuid"])] in _AUDIT for placed in self.charts)

    @cached_property
    def tabs(self) -> tuple[Tab, ...]:
        """Its tabs, from left to right; one without a title where it has none."""
        blocks: dict[str, _Block] = {
            block["id"]: block for block in self.asset.data["position"].values() if isinstance(block, dict)
        }
        titles = {name: str(block["meta"]["text"]) for name, block in blocks.items() if block["type"] == "TAB"}
        return tuple(self._tab(blocks, name, title) for name, title in (titles or {ROOT_BLOCK: ""}).items())

    def _tab(self, blocks: Mapping[str, _Block], name: str, title: str) -> Tab:
        charts = tuple(placed for placed in self.charts if name in placed.inside)
        natives = native_filters(self.asset)
        filters = (str(item["id"]) for item in natives if any(covers(item, placed) for placed in charts))
        return Tab(title, charts, frozenset(filters), _height_of(blocks, name))

    def numbers_on(self, tab: Tab) -> list[Number]:
        """Return the numbers in large type that stand on a tab."""
        return [number for number in self.numbers if number.placed in tab.charts]

    @property
    def selects(self) -> list[Mapping[str, Any]]:
        """Its filters that let one choose values."""
        return [item for item in native_filters(self.asset) if item["filterType"] == "filter_select"]

    @property
    def choice(self) -> Mapping[str, Any] | None:
        """Its first filter that offers values of what a number in large type is counted over."""
        views = {number.view for number in self.numbers}
        offered = ((item, self.datasets.get(item["targets"][0].get("datasetUuid"))) for item in self.selects)
        return next((item for item, view in offered if view in views), None)

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers in large type that are metrics of the semantic layer.

        Those of two states next to each other are compared by `tests/integration/test_time_machine.py`.
        """
        found = (self._number(placed) for placed in self.charts if placed.chart.data["viz_type"] in _BIG)
        return tuple(number for number in found if not number.view.endswith(COMPARED))

    def _number(self, placed: Placed) -> Number:
        params = placed.chart.data["params"]
        shows_last = params["viz_type"] == "big_number" and params.get("aggregation", "LAST_VALUE") == "LAST_VALUE"
        return Number(
            shown_in=placed.chart.title,
            metric=params["metric"],
            view=self.datasets[str(placed.chart.data["dataset_uuid"])],
            period=str((filter_of_chart(placed, self.asset) or {}).get("time_range", "")),
            last=_GRAINS[params.get("time_grain_sqla", "P1D")] if shows_last else None,
            placed=placed,
        )


_BIG: Final = ("big_number", "big_number_total")


def _paints(chart: Mapping[str, Any]) -> bool:
    if chart["viz_type"] == "big_number":
        return bool(chart["params"].get("show_trend_line", True))
    return chart["viz_type"] not in _HTML


def _height_of(blocks: Mapping[str, _Block], inside: str) -> int:
    """Return the height in pixels of a window in which all that stands inside a block is in view."""
    within = [block for block in blocks.values() if inside in (block.get("parents") or [])]
    rows = [block for block in within if block["type"] == "ROW"]
    high = [max((_height(blocks, child) for child in row["children"]), default=0) for row in rows]
    return sum(high) * _UNIT + len(within) * 4 + len(rows) * _BETWEEN + _ABOVE


def _height(blocks: Mapping[str, _Block], name: str) -> int:
    block = blocks[name]
    if block["type"] == "COLUMN":
        return sum(_height(blocks, child) for child in block["children"])
    return int(block.get("meta", {}).get("height") or 10)


def read_dashboards() -> list[Dashboard]:
    """Return the dashboards of the bundle, by slug."""
    written = read_bundle(ROOT / "superset_assets")
    bundle = as_sent(written)
    files = {asset.slug: asset for asset in written.of("dashboards")}
    access = read_access(ROOT / "superset_assets")
    datasets = {asset.uuid: str(asset.data["table_name"]) for asset in bundle.of("datasets")}
    found = [
        Dashboard(asset, file, tuple(placed), _people(file, placed, access, bundle), datasets)
        for asset in bundle.of("dashboards")
        if (file := files[asset.slug]) and (placed := placed_charts(asset, bundle))
    ]
    return sorted(found, key=lambda dashboard: dashboard.slug)


def _people(dashboard: AssetFile, charts: list[Placed], access: AccessBundle, bundle: Bundle) -> tuple[str, ...]:
    """Return the first person of each group whose roles open all of a dashboard's data."""
    databases = {asset.uuid: str(asset.data["database_uuid"]) for asset in bundle.of("datasets")}
    wanted = {str(placed.chart.data["dataset_uuid"]) for placed in charts}

    def opens(person: str) -> bool:
        opened = Opened.to(person, access, databases)
        invited = opened.roles & {str(role) for role in dashboard.data.get("roles") or []}
        return opened.everything or bool(invited) or wanted <= opened.datasets

    return tuple(person for group in access.groups if (person := group.members[0]) and opens(person))


class Approximate(float):
    """A value of a sketch: Trino gives another one from run to run, within 2 %."""


Value = float | dt.datetime | None


def answers(
    settings: Settings,
    person: str,
    dashboard: Dashboard,
    condition: Condition | None = None,
    rollups: Literal["auto", "never"] = "auto",
) -> dict[str, Value]:
    """Return what the semantic layer answers a person to each number of a dashboard: title -> value.

    The admin of Superset is asked as herself, too.
    """
    semantic = Semantic(settings, user=person)
    asked: dict[tuple[Any, ...], list[Number]] = {}
    for number in dashboard.numbers:
        where = _where(semantic.layer, dashboard, number, condition)
        asked.setdefault((*number.question, where), []).append(number)
    found: dict[str, Value] = {}
    for (_, period, last, where), numbers in asked.items():
        since, until = _bounds(settings, period)
        metrics = sorted({number.metric for number in numbers})
        by = [f"metric_time.{last}"] if last else []
        answer = semantic.query(metrics, by, where=where, since=since, until=until, order=by, rollups=rollups)
        rows = answer.dicts()
        for number in numbers:
            values = [row[number.metric] for row in rows if row[number.metric] is not None]
            kind = Approximate if f"{number.metric} is approximate" in answer.notes else float
            last_value = values[-1] if values else None
            is_number = last_value is not None and not isinstance(last_value, dt.datetime)
            found[number.shown_in] = kind(last_value) if is_number else last_value
    return found


def _bounds(settings: Settings, period: str) -> tuple[str | None, str | None]:
    """Return the first time of a period and the first after it. What is relative to today is told by Superset."""
    if period in ("", "No filter"):
        return None, None
    if fixed := _FIXED.match(period):
        return fixed[1], fixed[2]
    # Superset tells it to the session of a page only.
    with contextlib.closing(Visitor(settings, settings.env.superset_user)) as admin:
        answer = admin.ask("GET", "/api/v1/time_range/", params={"q": f"'{period}'"})
    assert answer.status_code == 200, messages(answer)
    told = answer.json()["result"][0]
    return told["since"] or None, told["until"] or None


def _where(layer: SemanticLayer, dashboard: Dashboard, number: Number, condition: Condition | None) -> str | None:
    """Return a condition in the semantic layer's words, where it touches a number."""
    outputs = layer.views[number.view].outputs()
    asked: list[tuple[str, str]] = []
    for item in number.placed.chart.data["params"].get("adhoc_filters", []):
        if item["operator"] != "TEMPORAL_RANGE":
            said = (item["expressionType"], item["operator"])
            assert said == ("SIMPLE", "=="), f"{number.shown_in}: say here what {item} is in the semantic layer"
            asked.append((item["subject"], item["comparator"]))
    if condition is not None:
        native = next(item for item in dashboard.selects if item["id"] == condition.filter)
        if condition.column in outputs and covers(native, number.placed):
            asked.append((condition.column, condition.value))
    conditions = [f"{outputs[name].column} = '{_quoted(value)}'" for name, value in asked]
    return " AND ".join(conditions) or None


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def is_shown(text: str, *values: Value) -> bool:
    """Say whether a text of Superset shows one of some values or one between them, rounded to the digits it has.

    `$ 9.63M`, `12.3%`, `1,234.50`, `3.4MB`, `2.1e-7`; times to the minute, in UTC. No value is shown as `N/A` or
    `No data`.
    """
    times = [value.strftime("%Y-%m-%d %H:%M") for value in values if isinstance(value, dt.datetime)]
    if times:
        return text in times
    known = [value for value in values if value is not None and not isinstance(value, dt.datetime)]
    if not known:
        return text in ("N/A", "No data")
    found = _SHOWN.match(text.strip())
    if found is None:
        return False
    sign, digits, fraction, power, suffix = found.groups()
    scale = _SCALES[suffix or ""] * 10.0 ** int((power or "0").replace("−", "-"))
    number = float(digits.replace(",", "")) * scale * (-1 if sign in ("-", "−") else 1)
    # Trino's sums of doubles differ in the last digits from run to run.
    slack = 0.5 * 10 ** -len(fraction or "") * scale * (1 + 1e-6) + abs(number) * 1e-9
    if any(isinstance(value, Approximate) for value in known):
        slack += 0.02 * abs(number)
    return min(known) - slack <= number <= max(known) + slack
