"""A view as of a time that is chosen on a dashboard, next to today: one SELECT over both states, and its metrics.

Rows of both states stand under each other. `as_of_state` tells them apart: `then`, the rows of that time; `restated`,
today's rows of the same time, by the view's time column; `since`, today's rows of a later time. Comparing `restated`
with `then` compares like with like: what happened since is no restatement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from sqlglot import exp

from lakefront.semantic.expression import DIALECT, divide
from lakefront.semantic.metrics import inputs_of, parse_derived, parts_of
from lakefront.semantic.model import AnyMetric, Derived, Ratio, SemanticLayer, View
from lakefront.semantic.tables import column_of
from lakefront.semantic.time import TimeKind, at_zone, time_kind
from lakefront.semantic.view_sql import OutputColumn, compile_view, metric_of, output_names, select_of

Show = Literal["then", "restated", "change", "change_size", "change_share", "today"]

#: The column that a dashboard's filter asks by, and the one that tells the states apart.
CHOSEN: Final = "as_of"
STATE: Final = "as_of_state"
#: Endings of the names of the two datasets that are made beside the view's own.
COMPARED: Final = "_as_of"
DATES: Final = "_as_of_dates"
#: What Superset replaces by a moment, as a literal: by what deploy/superset/as_of.py says, never by text of a person.
MOMENT: Final = f"{{{{ as_of('{CHOSEN}') }}}}"
_AMOUNTS: Final = ("sum", "count", "count_distinct", "approx_distinct")
_THEN, _RESTATED, _SINCE = "then", "restated", "since"


@dataclass(frozen=True)
class ShownMetric:
    """A metric of the view, of one state or of the difference between two."""

    metric: str
    show: Show
    sql: str

    @property
    def name(self) -> str:
        """The name of the metric in the dataset."""
        return f"{self.metric}_{self.show}"


@dataclass(frozen=True)
class ViewAsOf:
    """A view as SQL over two states, and `dates`: the days that there is a state of, as SQL.

    `owner`: who answers for the model.
    """

    view: View
    owner: str
    columns: tuple[OutputColumn, ...]
    sql: str
    metrics: tuple[ShownMetric, ...]
    dates: str


def compile_view_as_of(view: View, layer: SemanticLayer) -> ViewAsOf:
    """Return the SQL of a view of a checked layer that may be asked `as_of` a time."""
    columns = compile_view(view, layer).columns
    moment = exp.var(MOMENT)
    version = exp.Version(this="TIMESTAMP", kind="AS OF", expression=moment)
    then = select_of(view, layer, columns, version).select(exp.alias_(exp.Literal.string(_THEN), STATE), _chosen())
    seen = _seen_by(view, layer, columns)
    state = exp.Case(
        ifs=[exp.If(this=seen, true=exp.Literal.string(_RESTATED))], default=exp.Literal.string(_SINCE)
    )  # fmt: skip
    now = select_of(view, layer, columns).select(exp.alias_(state, STATE), _chosen())
    both = exp.Union(this=then, expression=now, distinct=False)
    return ViewAsOf(
        view=view,
        owner=next(model.owner for model in layer.models if view in model.views),
        columns=columns,
        sql=both.sql(DIALECT, pretty=True, identify=True),
        metrics=tuple(_metrics(view, layer, columns)),
        dates=_dates(view, layer).sql(DIALECT, pretty=True, identify=True),
    )


def _chosen() -> exp.Expr:
    """Return the day that was asked for, as text."""
    return exp.alias_(exp.cast(_day(exp.var(MOMENT)), "varchar", dialect=DIALECT), CHOSEN)


def _day(moment: exp.Expr, zone: str = "UTC") -> exp.Expr:
    return exp.cast(at_zone(moment, zone), "date", dialect=DIALECT)


def _seen_by(view: View, layer: SemanticLayer, columns: tuple[OutputColumn, ...]) -> exp.Expr:
    """Return the condition that a row's time is not after the moment."""
    item = next(item for item in columns if item.name == view.time)
    root = layer.datasets[view.root]
    column = column_of(root, item.column.name) if item.dataset == view.root else item.column
    kind, zone = time_kind(column.type), column.time.zone if column.time else "UTC"
    moment: exp.Expr = exp.var(MOMENT)
    if kind is TimeKind.DATE:
        moment = _day(moment, zone)
    elif kind is TimeKind.TIMESTAMP:
        moment = exp.cast(at_zone(moment, zone), "timestamp(6)", dialect=DIALECT)
    return exp.LTE(this=exp.column(item.column.name, table=item.dataset), expression=moment)


def _metrics(view: View, layer: SemanticLayer, columns: tuple[OutputColumn, ...]) -> list[ShownMetric]:
    names, state = output_names(columns), exp.column(STATE)
    made: list[ShownMetric] = []
    for name in view.metrics:
        metric = layer.metrics[name]
        then, restated, today = (
            metric_of(metric, layer, names, condition)
            for condition in (state.eq(_THEN), state.eq(_RESTATED), state.neq(_THEN))
        )
        # Of a group that one state lacks, an amount was nothing; a share or a mean was not known.
        amount = all(part.type in _AMOUNTS for part in parts_of(metric, layer.metrics)) and not _divides(metric, layer)
        before, after = (_or_zero(item) if amount else item.copy() for item in (then, restated))
        change = exp.Paren(this=exp.Sub(this=exp.paren(after), expression=exp.paren(before)))
        shown: dict[Show, exp.Expr] = {
            "then": then,
            "restated": restated,
            "change": change,
            "change_size": exp.Abs(this=change.copy()),
            "change_share": divide(change.copy(), exp.paren(then.copy())),
            "today": today,
        }
        made += [
            ShownMetric(name, show, tree.sql(DIALECT, identify=True, normalize_functions="upper"))
            for show, tree in shown.items()
        ]
    return made


def _or_zero(value: exp.Expr) -> exp.Expr:
    return exp.func("coalesce", value.copy(), exp.Literal.number(0))


def _divides(metric: AnyMetric, layer: SemanticLayer) -> bool:
    if isinstance(metric, Ratio):
        return True
    if isinstance(metric, Derived) and parse_derived(metric.expression).find(exp.Div):
        return True
    return any(_divides(layer.metrics[name], layer) for name in inputs_of(metric))


def _dates(view: View, layer: SemanticLayer) -> exp.Select:
    """Return the days on which the root's table was changed, of which the end may be asked for.

    From the history of the table, which holds times and numbers of snapshots; `$snapshots` tells how many rows too.
    """
    schema, table = str(layer.datasets[view.root].source).split(".")
    moment = exp.column("made_current_at")
    return (
        exp.select(
            exp.alias_(exp.cast(_day(moment), "varchar", dialect=DIALECT), CHOSEN),
            exp.alias_(exp.Max(this=moment.copy()), "changed_at"),
        )
        .from_(exp.table_(f"{table}$history", db=schema))
        .where(exp.column("is_current_ancestor"))
        .group_by(exp.Literal.number(1))
    )
