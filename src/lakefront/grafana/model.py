"""A dashboard as a person writes it: `grafana_dashboards/definitions/*.yml`.

References between things (semantic metrics, other dashboards, variables) are checked where they are compiled.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from lakefront.semantic.model_base import Name, Node, Text

UID_PATTERN: Final = r"^[a-z][a-z0-9-]{1,39}$"
#: What Grafana takes for "from here": `now-6h`, `now-7d/d`.
TIME_PATTERN: Final = r"^now(-[0-9]+[smhdwMy])?(/[smhdwMy])?$"
PERIOD_PATTERN: Final = r"^[0-9]+(ms|[smhdwMy])$"

Uid = Annotated[str, StringConstraints(pattern=UID_PATTERN)]
Moment = Annotated[str, StringConstraints(pattern=TIME_PATTERN)]
Period = Annotated[str, StringConstraints(pattern=PERIOD_PATTERN)]
RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]+$")]
#: The keys of a query, of which it has one.
LANGUAGES: Final = ("promql", "lucene", "sql", "each_table", "metrics", "panel")
#: The columns of Grafana's grid.
COLUMNS: Final = 24


class Source(StrEnum):
    """Where a query is asked."""

    PROMETHEUS = "prometheus"
    OPENSEARCH = "opensearch"
    TRINO = "trino"


class Kind(StrEnum):
    """How a panel shows what it is told. All of them are in Grafana 9.3."""

    TIMESERIES = "timeseries"
    STAT = "stat"
    GAUGE = "gauge"
    BAR_GAUGE = "bar_gauge"
    TABLE = "table"
    LOGS = "logs"
    HEATMAP = "heatmap"
    STATE_TIMELINE = "state_timeline"
    TEXT = "text"


class Accepted(Node):
    """A rule of `validate` that is broken here on purpose, and why."""

    rule: RuleName
    reason: Text


class Link(Node):
    """A way from a point to another dashboard or page.

    `at`: the time that is shown there: the whole range, or the minute of the point that was clicked. `set`: variables
    there, such as `service: trino` or `user: ${__data.fields.user}`.
    """

    title: Text
    dashboard: Uid | None = None
    url: Text | None = None
    at: Literal["range", "minute"] = "range"
    set: dict[Name, str] = Field(default_factory=dict[str, str])

    @model_validator(mode="after")
    def _one_target(self) -> Link:
        if (self.dashboard is None) == (self.url is None):
            raise ValueError("a link names a `dashboard` or a `url`")
        return self


class Lucene(Node):
    """A search of the logs. `shows`: the lines, how many there are over time (split by `by`), or by value."""

    search: Text
    shows: Literal["lines", "count", "values"] = "lines"
    by: str | None = None
    size: int = Field(default=500, ge=1, le=5000)


class EachTable(Node):
    """A SELECT over a table about each table of the lake (`snapshots`, `files`, …), put together in `sql`.

    `select`: what is asked of one, such as `count(*) AS files`; `group_by`: numbers of its columns, of which the first
    is `table_name`. `sql`: a SELECT over `each_table`.
    """

    about: Literal["snapshots", "files", "manifests", "history"]
    select: Text
    where: Text | None = None
    group_by: Text | None = None
    sql: Text


class PanelQuery(Node):
    """One query: PromQL, Lucene, SQL for Trino, metrics of the semantic layer, or the answer of another panel.

    `legend`: the name of a series; `{{label}}` is a label. `instant`: only the newest value. `series`: SQL whose first
    column is the time that its numbers are drawn over. `heatmap`: buckets of a histogram. `any_time`: metrics of all
    time, whatever range is shown. `panel`: the title of a panel of this dashboard, which asks for both; `field`: its
    column.
    """

    promql: Text | None = None
    lucene: Lucene | None = None
    sql: Text | None = None
    each_table: EachTable | None = None
    panel: Text | None = None
    field: Text | None = None
    metrics: tuple[Name, ...] = ()
    by: tuple[str, ...] = ()
    where: Text | None = None
    having: Text | None = None
    order: tuple[str, ...] = ()
    limit: int | None = Field(default=None, ge=1, le=5000)
    any_time: bool = False
    legend: str | None = None
    instant: bool = False
    series: bool = False
    heatmap: bool = False

    @model_validator(mode="after")
    def _one_language(self) -> PanelQuery:
        given = [name for name in LANGUAGES if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"a query has one of {', '.join(f'`{name}`' for name in LANGUAGES)}")
        if self.field and not self.panel:
            raise ValueError("`field` is one of a `panel`, which is missing")
        if not self.metrics and any((self.by, self.where, self.having, self.order, self.limit, self.any_time)):
            raise ValueError("`by`, `where`, `having`, `order`, `limit` and `any_time` belong to `metrics`")
        return self

    @property
    def source(self) -> Source | None:
        """Where it is asked; None where another panel asks."""
        if self.promql:
            return Source.PROMETHEUS
        if self.panel:
            return None
        return Source.OPENSEARCH if self.lucene else Source.TRINO

    @property
    def language(self) -> str:
        """The key that it is written under."""
        return next(name for name in LANGUAGES if getattr(self, name))


class Thresholds(Node):
    """From which value on something wants looking at, and is bad. `falling`: the other way round."""

    warning: float | None = None
    bad: float | None = None
    falling: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.warning is not None and self.bad is not None and (self.bad < self.warning) != self.falling:
            raise ValueError("`bad` comes after `warning`; with `falling: true`, before it")
        return self


class Column(Node):
    """How a column of a table, or one series, is shown: its title, unit, width, colour and links."""

    title: str | None = None
    unit: str | None = None
    width: int | None = Field(default=None, ge=20, le=2000)
    decimals: int | None = Field(default=None, ge=0, le=10)
    show: Literal["text", "bar", "coloured"] = "text"
    thresholds: Thresholds | None = None
    hidden: bool = False
    links: tuple[Link, ...] = ()


class Panel(Node):
    """One panel. `id`: made of the title where it is missing. Widths are of a grid of 24 columns."""

    title: Text
    kind: Kind
    description: Text | None = None
    id: int | None = Field(default=None, ge=1, le=99_999)
    width: int = Field(default=12, ge=1, le=COLUMNS)
    height: int = Field(default=8, ge=2, le=40)
    unit: str | None = None
    decimals: int | None = Field(default=None, ge=0, le=10)
    min: float | None = None
    max: float | None = None
    stacked: bool = False
    bars: bool = False
    thresholds: Thresholds | None = None
    #: Value -> word, such as {"1": up}; and the words that are good, warning or bad news.
    words: dict[str, str] = Field(default_factory=dict[str, str])
    colours: dict[str, Literal["good", "warning", "bad", "primary", "accent"]] = Field(default_factory=dict)
    columns: dict[str, Column] = Field(default_factory=dict[str, Column])
    queries: tuple[PanelQuery, ...] = ()
    text: Text | None = None
    links: tuple[Link, ...] = ()
    #: One such panel for each value of a variable.
    repeat: Name | None = None
    #: What a stat shows of several values: the newest, their sum, or how many there are.
    total: Literal["newest", "sum", "count"] = "newest"
    accept: tuple[Accepted, ...] = ()

    @model_validator(mode="after")
    def _content(self) -> Panel:
        if (self.kind is Kind.TEXT) != (self.text is not None):
            raise ValueError("a panel of kind `text` has `text`, and no other has")
        if (self.kind is Kind.TEXT) == bool(self.queries):
            raise ValueError("a panel has `queries`, unless its kind is `text`")
        if (
            len({query.source for query in self.queries}) > 1
            or len([query for query in self.queries if query.panel]) > 1
        ):
            raise ValueError("all queries of a panel ask one source, or one other panel")
        return self

    @property
    def source(self) -> Source | None:
        """Where it asks; None for a text, and where another panel asks."""
        return self.queries[0].source if self.queries else None

    @property
    def asked_by(self) -> str | None:
        """The title of the panel whose answer it shows."""
        return self.queries[0].panel if self.queries else None


class Row(Node):
    """A line of the dashboard with a heading. `collapsed`: its panels ask when it is opened.

    `present_when`: as that of a dashboard, for this row.
    """

    title: Text
    collapsed: bool = False
    present_when: Text | None = None
    panels: tuple[Panel, ...] = Field(min_length=1)


class Variable(Node):
    """Something that can be chosen at the top.

    Its values come from `promql` (`label_values(up, job)`), from the first column of `sql`, are listed as `values`, or
    are the `tables` of the lake; with none of these a text is typed in. `typical`: what `validate` asks with. `all`:
    whether all can be chosen.
    """

    name: Name
    label: Text
    description: Text | None = None
    promql: Text | None = None
    sql: Text | None = None
    values: tuple[str, ...] = ()
    tables: bool = False
    typical: tuple[str, ...] = ()
    default: str | None = None
    multi: bool = False
    all: bool = False
    accept: tuple[Accepted, ...] = ()

    @model_validator(mode="after")
    def _one_origin(self) -> Variable:
        if len([item for item in (self.promql, self.sql, self.values, self.tables) if item]) > 1:
            raise ValueError("values come from one of `promql`, `sql`, `values`, `tables`")
        if not self.typical and self.default is None and not self.values:
            raise ValueError("give a `typical` value, with which `validate` asks")
        return self

    @property
    def source(self) -> Source | None:
        """Where its values are asked."""
        if self.promql:
            return Source.PROMETHEUS
        return Source.TRINO if self.sql else None


class TimeRange(Node):
    """What a dashboard shows when it is opened."""

    since: Moment
    until: Moment = "now"


class Dashboard(Node):
    """One file of `definitions/`.

    `present_when`: PromQL; without an answer to it in an environment, `apply` leaves the dashboard out there.
    """

    version: Literal[1]
    uid: Uid
    title: Text
    description: Text
    tags: tuple[str, ...] = ()
    time: TimeRange
    refresh: Period | None = None
    links: tuple[Uid, ...] = ()
    present_when: Text | None = None
    variables: tuple[Variable, ...] = ()
    rows: tuple[Row, ...] = Field(min_length=1)
    accept: tuple[Accepted, ...] = ()

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, from top to bottom."""
        return tuple(panel for row in self.rows for panel in row.panels)

    @property
    def sources(self) -> tuple[Source, ...]:
        """All that it asks."""
        asked = {panel.source for panel in self.panels} | {variable.source for variable in self.variables}
        return tuple(source for source in Source if source in asked)
