"""SQL aggregates of other tools -> metrics: one aggregate, a ratio of two, or SQL over several."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lakefront.semantic.exchange.draft import Data
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.exchange.naming import free_name, to_label
from lakefront.semantic.expression import DIALECT, replace_references

#: What identifies an aggregate: type, dataset, expression, filter, percentile.
Key = tuple[object, ...]
_PLAIN: Final[dict[type[exp.Expr], str]] = {
    exp.Sum: "sum",
    exp.Min: "min",
    exp.Max: "max",
    exp.Avg: "avg",
    exp.Count: "count",
    exp.CountIf: "count",
    exp.ApproxDistinct: "approx_distinct",
    exp.ApproxQuantile: "approx_percentile",
    exp.Median: "approx_percentile",
    exp.PercentileCont: "approx_percentile",
    exp.PercentileDisc: "approx_percentile",
}
_EXACT: Final = (exp.Median, exp.PercentileCont, exp.PercentileDisc)
_REFUSED: Final[dict[type[exp.Expr], str]] = {
    exp.Window: "a window function",
    exp.Query: "a query inside an expression",
    exp.Command: "a statement",
}


@dataclass
class Made:
    """A metric's definition, the metrics that had to be made for it, and what to tell of it."""

    definition: Data
    helpers: list[Data] = field(default_factory=list[Data])
    notes: list[str] = field(default_factory=list[str])


@dataclass
class MetricReader:
    """Reads SQL over known datasets and metrics, and remembers what it has read, so that parts are shared.

    `columns`: by dataset, our name of each column by its name in lower case. `datasets`: our name of each by theirs in
    lower case. `leads_to`: the datasets that a dataset is joined to, many to one.
    """

    columns: Mapping[str, Mapping[str, str]]
    datasets: Mapping[str, str]
    keys: Mapping[str, tuple[str, ...]]
    leads_to: Mapping[str, Set[str]]
    metrics: dict[str, str] = field(default_factory=dict[str, str])
    known: dict[Key, str] = field(default_factory=dict[Key, str])

    def aggregate(self, tree: exp.Expr, dataset: str | None = None) -> Made:
        """Return the one aggregate that an expression is. `dataset`: whose rows, where columns do not say it."""
        conditions: list[exp.Expr] = []
        node = tree
        if isinstance(node, exp.Filter):
            conditions.append(node.expression.this)
            node = node.this
        notes: list[str] = []
        kind, value, percentile = self._call(node)
        if isinstance(node, (*_EXACT, exp.WithinGroup)):
            notes.append(f"{node.sql(DIALECT)} is exact there and approximate here")
        if isinstance(node, exp.CountIf):
            conditions.append(value)
            value = exp.Star()
        elif isinstance(value, exp.Case) and (inner := _conditional(value)):
            conditions.append(inner[0])
            value = inner[1]
        own = self._dataset([value, *conditions], dataset)
        if kind == "count" and (isinstance(value, (exp.Literal, exp.Star)) or self._is_key(value, own)):
            value = exp.Star()
        definition: Data = {"type": kind, "dataset": own, "expression": self._text(value, own)}
        if conditions:
            definition["filter"] = self._text(exp.and_(*conditions), own)
        if percentile is not None:
            definition["percentile"] = percentile
        return Made(definition, notes=notes)

    def read(self, name: str, tree: exp.Expr, dataset: str | None = None) -> Made:
        """Return what an expression is as a metric named `name`. Raises UnsayableError."""
        tree = bare(tree)
        if is_aggregate(tree):
            return self.aggregate(tree, dataset)
        made = Made({})
        if isinstance(tree, exp.Div):
            parts = [_factor(bare(side)) for side in (tree.this, tree.expression)]
            if all(is_aggregate(part) or self._metric_of(part) for part in parts):
                top, bottom = (
                    self._part(f"{name}_{word}", part, made, dataset)
                    for word, part in zip(("numerator", "denominator"), parts, strict=True)
                )
                made.definition = {"type": "ratio", "numerator": top, "denominator": bottom}
                return made
        made.definition = {"type": "derived", "expression": self._derived(name, tree, made, dataset).sql(DIALECT)}
        return made

    def remember(self, name: str, definition: Data) -> None:
        """Let later expressions that contain this aggregate name the metric."""
        self.metrics.setdefault(name.lower(), name)
        if "dataset" in definition:
            self.known.setdefault(_key(definition), name)

    def _derived(self, name: str, tree: exp.Expr, made: Made, dataset: str | None) -> exp.Expr:
        numbers = iter(range(1, 1_000))

        def swap(node: exp.Expr) -> exp.Expr:
            if is_aggregate(node):
                return exp.column(self._part(f"{name}_part_{next(numbers)}", node, made, dataset))
            for kind, word in _REFUSED.items():
                if isinstance(node, kind):
                    raise UnsayableError(f"{word} has no counterpart: {node.sql(DIALECT)}")
            if isinstance(node, exp.AggFunc):
                raise UnsayableError(f"the aggregate {node.sql(DIALECT)} has no counterpart")
            if isinstance(node, exp.Column):
                found = self._metric_of(node)
                if not found:
                    raise UnsayableError(f"'{node.sql(DIALECT)}' is neither inside an aggregate nor a metric")
                return exp.column(found)
            return node

        result = tree.copy().transform(swap, copy=False)
        if not any(True for _ in result.find_all(exp.Column)):
            raise UnsayableError("it has neither an aggregate nor a metric in it")
        return result

    def _part(self, name: str, node: exp.Expr, made: Made, dataset: str | None) -> str:
        existing = self._metric_of(node)
        if existing:
            return existing
        part = self.aggregate(node, dataset)
        made.notes += part.notes
        known = self.known.get(_key(part.definition))
        if known:
            return known
        helper = free_name(name, self.metrics.values())
        self.remember(helper, part.definition)
        made.helpers.append({"name": helper, "label": to_label(helper), **part.definition})
        return helper

    def _metric_of(self, node: exp.Expr) -> str | None:
        return self.metrics.get(node.name.lower()) if isinstance(node, exp.Column) and not node.table else None

    def _call(self, node: exp.Expr) -> tuple[str, exp.Expr, float | None]:
        """Return our word for an aggregate function, its argument, and its percentile."""
        order = None
        if isinstance(node, exp.WithinGroup):
            order = node.expression.expressions[0].this
            node = node.this
        kind = next((word for known, word in _PLAIN.items() if type(node) is known), None)
        if kind is None:
            raise UnsayableError(f"the aggregate {node.sql(DIALECT)} has no counterpart")
        value = order or node.this
        if isinstance(value, exp.Distinct):
            if not isinstance(node, exp.Count) or len(value.expressions) != 1:
                raise UnsayableError(f"{node.sql(DIALECT)} has no counterpart: only COUNT(DISTINCT one value) has")
            return "count_distinct", value.expressions[0], None
        if kind != "approx_percentile":
            return kind, value, None
        share = exp.Literal.number("0.5") if isinstance(node, exp.Median) else node.args.get("quantile") or node.this
        if not isinstance(share, exp.Literal) or share.is_string:
            raise UnsayableError(f"the percentile of {node.sql(DIALECT)} is not one number")
        return kind, value, float(share.name)

    def _dataset(self, trees: list[exp.Expr], given: str | None) -> str:
        used = dict.fromkeys(
            self._place(column, given)[0]
            for tree in trees
            for column in tree.find_all(exp.Column)
            if not isinstance(column.this, exp.Star)
        )
        if given:
            return given
        if not used:
            if len(self.columns) == 1:
                return next(iter(self.columns))
            raise UnsayableError("it names no column, so whose rows are meant is not said")
        roots = [name for name in used if all(other == name or other in self.leads_to.get(name, ()) for other in used)]
        if not roots:
            raise UnsayableError(f"no one of {', '.join(used)} leads to the others, many to one")
        return roots[0]

    def _place(self, column: exp.Column, given: str | None = None) -> tuple[str, str]:
        name = column.name.lower()
        if column.table:
            dataset = self.datasets.get(column.table.lower())
            if dataset is None:
                raise UnsayableError(f"there is no dataset '{column.table}'")
        elif given and name in self.columns.get(given, {}):
            dataset = given
        else:
            having = [dataset for dataset, known in self.columns.items() if name in known]
            if len(having) != 1:
                what = f"'{name}' is in several datasets: {', '.join(having)}" if having else f"there is no '{name}'"
                raise UnsayableError(what)
            dataset = having[0]
        if name not in self.columns.get(dataset, {}):
            raise UnsayableError(f"{dataset} has no field '{column.name}'")
        return dataset, self.columns[dataset][name]

    def _is_key(self, value: exp.Expr, dataset: str) -> bool:
        return isinstance(value, exp.Column) and self._place(value, dataset) in {
            (dataset, key) for key in self.keys.get(dataset, ())
        }

    def _text(self, tree: exp.Expr, own: str) -> str:
        for node in tree.walk():
            for kind, word in _REFUSED.items():
                if isinstance(node, kind):
                    raise UnsayableError(f"{word} has no counterpart: {node.sql(DIALECT)}")
            if isinstance(node, exp.AggFunc):
                raise UnsayableError("an aggregate inside an aggregate has no counterpart")

        def renamed(column: exp.Column) -> exp.Expr:
            dataset, name = self._place(column, own)
            return exp.column(name, dataset if dataset != own else None)

        return replace_references(tree, renamed).sql(DIALECT)


def parse(text: str, dialect: str = DIALECT) -> exp.Expr:
    """Parse an expression of another tool as Trino would write it. Raises UnsayableError."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text.strip()):
        return exp.column(text.strip())  # some names, such as refresh, begin a statement
    try:
        tree = sqlglot.parse_one(text, read=dialect)
        return tree if dialect == DIALECT else sqlglot.parse_one(tree.sql(DIALECT), read=DIALECT)
    except SqlglotError:
        raise UnsayableError(f"this is not SQL that can be read: {' '.join(text.split())}") from None


def bare(tree: exp.Expr) -> exp.Expr:
    """Return an expression without what a ratio has anyway: parentheses, casts to double, NULLIF(…, 0)."""
    while True:
        double = isinstance(tree, exp.Cast) and tree.to.is_type("double", "float", "decimal")
        zero = isinstance(tree, exp.Nullif) and tree.expression.name == "0"
        if not (double or zero or isinstance(tree, exp.Paren)):
            return tree
        tree = tree.this


def is_aggregate(tree: exp.Expr) -> bool:
    """Tell whether an expression is one call of an aggregate that there is a type of metric for."""
    inner = tree.this if isinstance(tree, exp.Filter) else tree
    inner = inner.this if isinstance(inner, exp.WithinGroup) else inner
    return type(inner) in _PLAIN


def _factor(tree: exp.Expr) -> exp.Expr:
    """Return what is multiplied by 1.0, as is done to divide doubles; else the expression itself."""
    if isinstance(tree, exp.Mul):
        for one, other in ((tree.this, tree.expression), (tree.expression, tree.this)):
            if isinstance(one, exp.Literal) and not one.is_string and float(one.name) == 1:
                return bare(other)
    return tree


def _conditional(case: exp.Case) -> tuple[exp.Expr, exp.Expr] | None:
    """Return condition and value of `CASE WHEN condition THEN value END`."""
    default = case.args.get("default")
    ifs = list(_branches(case))
    if case.this is not None or len(ifs) != 1 or not (default is None or isinstance(default, exp.Null)):
        return None
    return ifs[0].this, ifs[0].args["true"]


def _branches(case: exp.Case) -> Iterator[exp.If]:
    for branch in case.args["ifs"]:
        if isinstance(branch, exp.If):
            yield branch


def _key(definition: Data) -> Key:
    return tuple(definition.get(name) for name in ("type", "dataset", "expression", "filter", "percentile"))
