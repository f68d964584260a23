"""dbt's measures and metrics -> metrics: aggregates, ratios, SQL over metrics, and those over periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlglot import exp

from lakefront.semantic.exchange.dbt_filter import Reference, condition, templates
from lakefront.semantic.exchange.dbt_manifest import Item
from lakefront.semantic.exchange.dbt_tables import Table, place_of
from lakefront.semantic.exchange.draft import Data, Draft, ImportOptions
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.exchange.naming import free_name, to_description, to_label
from lakefront.semantic.exchange.ossie_fields import own_name
from lakefront.semantic.exchange.sql_to_metric import parse
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.model import Grain, NumberStyle

_AGGREGATES: Final = {
    "sum": "sum",
    "min": "min",
    "max": "max",
    "average": "avg",
    "count": "count",
    "count_distinct": "count_distinct",
    "median": "approx_percentile",
    "percentile": "approx_percentile",
    "sum_boolean": "count",
}
_META: Final = frozenset({"owner", "unit", "format", "certified_by", "synonyms"})
_GRAINS: Final = frozenset(grain.value for grain in Grain)


@dataclass
class Metrics:
    """Makes metrics one after the other. `measures`: the table and the part of each measure."""

    tables: Mapping[str, Table]
    measures: Mapping[str, tuple[Table, Item]]
    owners: Mapping[str, str]
    dialect: str
    draft: Draft
    options: ImportOptions
    made: dict[str, Data] = field(default_factory=dict[str, Data])
    _names: dict[str, str] = field(default_factory=dict[str, str])
    _waiting: dict[str, Item] = field(default_factory=dict[str, Item])

    def read(self, items: list[Item]) -> list[Data]:
        """Return all metrics; a measure that no metric names becomes one of its own."""
        for item in items:
            self._names[item.name] = free_name(item.name, self._names.values())
            self._waiting[item.name] = item
        for item in items:
            self._make(item.name)
        used = {str(name) for item in items for name in _measures_in(item)}
        for name, (table, measure) in self.measures.items():
            if name not in used and name not in self._names:
                try:
                    self._add(measure, free_name(name, self.made), self._aggregate(table, measure, [], measure.place))
                except UnsayableError as error:
                    self.draft.lose(measure.place, f"the measure '{name}' is left out: {error}")
        return list(self.made.values())

    def _one(self, name: str) -> str:
        """Return our name of a metric, made first if it is not yet. Raises UnsayableError."""
        self._make(name)
        if self._names.get(name) not in self.made:
            raise UnsayableError(f"it is made of '{name}', which is not there")
        return self._names[name]

    def _make(self, name: str) -> None:
        """Make a metric, once, or tell why it cannot be."""
        item = self._waiting.pop(name, None)
        if item is not None:
            try:
                self._add(item, self._names[name], self._definition(item))
            except UnsayableError as error:
                self.draft.lose(item.place, f"the metric '{name}' is left out: {error}")

    def _definition(self, item: Item) -> Data:
        parameters = Item(item.map("type_params"), f"{item.place}.type_params")
        filters = templates(item.data.get("filter"))
        kind = item.data.get("type")
        match kind:
            case "simple":
                return self._simple(item, parameters, filters)
            case "ratio":
                sides = [
                    self._input(item, parameters.map(side), filters, f"{self._names[item.name]}_{side}")
                    for side in ("numerator", "denominator")
                ]
                if any(self.made[side]["type"] == "ratio" for side in sides):
                    return {"type": "derived", "expression": " / ".join(sides)}
                return {"type": "ratio", "numerator": sides[0], "denominator": sides[1]}
            case "derived":
                return self._derived(item, parameters, filters)
            case "cumulative":
                return self._cumulative(item, parameters, filters)
            case _:
                raise UnsayableError(f"there is no kind of metric like '{kind}'")

    def _simple(self, item: Item, parameters: Item, filters: list[str]) -> Data:
        measure = parameters.map("measure")
        if measure:
            for key in ("join_to_timespine", "fill_nulls_with"):
                if measure.get(key):
                    self.draft.lose(parameters.place, f"{key} of '{item.name}' is not kept")
            found = self._measure(str(measure.get("name")))
            return self._aggregate(*found, [*templates(measure.get("filter")), *filters], parameters.place)
        inside = parameters.map("metric_aggregation_params")  # since dbt 1.12 a metric may be its own measure
        table = next((t for t in self.tables.values() if t.item.name == inside.get("semantic_model")), None)
        if table is None:
            raise UnsayableError("it has no measure")
        own = {**inside, "name": item.name, "expr": inside.get("expr") or parameters.data.get("expr")}
        return self._aggregate(table, Item(own, parameters.place), filters, parameters.place)

    def _measure(self, name: str) -> tuple[Table, Item]:
        if name not in self.measures:
            raise UnsayableError(f"there is no measure '{name}'")
        return self.measures[name]

    def _aggregate(self, table: Table, measure: Item, filters: list[str], place: str) -> Data:
        agg = str(measure.data.get("agg"))
        kind = _AGGREGATES.get(agg)
        if kind is None:
            raise UnsayableError(f"there is no aggregate like '{agg}'")
        text = str(measure.data.get("expr") or measure.name)
        conditions = [condition(template, self.dialect, self._column_for(table)) for template in filters]
        if agg == "sum_boolean":
            conditions.insert(0, parse(table.expression(text)))
            text = "*"
        whole = (agg == "count" and text in ("*", "1")) or (agg == "sum" and text == "1")
        if whole or agg == "sum_boolean":
            made: Data = {"type": "count", "dataset": table.name, "expression": "*"}
        else:
            made = {"type": kind, "dataset": table.name, "expression": table.expression(text)}
        if conditions:
            made["filter"] = exp.and_(*conditions).sql(DIALECT)
        if kind == "approx_percentile":
            parameters = measure.map("agg_params")
            made["percentile"] = 0.5 if agg == "median" else float(parameters.get("percentile") or 0.5)
            if agg == "median" or not parameters.get("use_approximate_percentile"):
                self.draft.lose(measure.place, f"'{measure.name}' is an exact {agg} there and approximate here")
        return made | self._times(table, measure, place)

    def _times(self, table: Table, measure: Item, place: str) -> Data:
        made: Data = {}
        named = measure.data.get("agg_time_dimension")
        level = measure.map("non_additive_dimension")
        if level:
            over = {"max": "last", "min": "first"}.get(str(level.get("window_choice") or "min"))
            if over is None or str(level.get("name")) not in table.dimensions:
                raise UnsayableError(f"non_additive_dimension '{level.get('name')}' has no counterpart")
            if level.get("window_groupings"):
                self.draft.lose(place, f"window_groupings of '{measure.name}' are not kept")
            made["over_time"] = over
            named = level["name"]
        column = table.dimensions.get(str(named)) if named else None
        if column and column != table.time:
            made["time"] = column
        return made

    def _column_for(self, own: Table) -> Any:
        def column(reference: Reference) -> exp.Expr:
            table, name = place_of(reference, own, dict(self.tables))
            value = exp.column(name, table.name if table is not own else None)
            finest = table.columns[name].get("time", {}).get("grains", [None])[0]
            if reference.grain in (None, finest):
                return value
            if reference.grain not in _GRAINS:
                raise UnsayableError(f"there is no grain '{reference.grain}'")
            return exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(reference.grain), value])

        return column

    def _input(self, item: Item, given: Data, filters: list[str], hint: str) -> str:
        """Return the metric that an input of another one is, made for it when it has a filter or an offset."""
        name = str(given.get("name"))
        base = self._one(name)
        conditions = [*templates(given.get("filter")), *filters]
        if conditions:
            definition = self.made[base]
            if "dataset" not in definition:
                raise UnsayableError(f"a filter on '{name}', which is no single aggregate, has no counterpart")
            table = self.tables[definition["dataset"]]
            made = [parse(definition["filter"])] if "filter" in definition else []
            made += [condition(template, self.dialect, self._column_for(table)) for template in conditions]
            base = self._helper(item, hint, {**_bare(definition), "filter": exp.and_(*made).sql(DIALECT)})
        if given.get("offset_to_grain"):
            raise UnsayableError(f"offset_to_grain of '{name}' has no counterpart")
        if given.get("offset_window"):
            span = _span(given["offset_window"])
            definition = {"type": "period_over_period", "metric": base, "offset": span, "show": "previous"}
            base = self._helper(item, f"{hint.removesuffix('_before')}_before", definition)
        return base

    def _derived(self, item: Item, parameters: Item, filters: list[str]) -> Data:
        inputs = [part.data for part in parameters.items("metrics")]
        aliases = {str(part.get("alias") or part.get("name")): part for part in inputs}
        # Names and arithmetic: read as Trino's, for a derived metric divides doubles as dbt's other dialects do.
        tree = parse(str(parameters.data.get("expr") or ""))
        growth = self._growth(tree, aliases) if not filters else None
        if growth:
            return growth
        hint = self._names[item.name]
        names = {
            alias: self._input(item, part, filters, f"{hint}_{own_name(alias)}") for alias, part in aliases.items()
        }

        def swap(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column):
                if node.name not in names:
                    raise UnsayableError(f"'{node.name}' in its expression is none of its metrics")
                return exp.column(names[node.name])
            return node

        return {"type": "derived", "expression": tree.transform(swap).sql(DIALECT)}

    def _growth(self, tree: exp.Expr, aliases: dict[str, Data]) -> Data | None:
        """Return a comparison of a metric with itself some periods before, if that is what a derived metric is."""
        before = [alias for alias, part in aliases.items() if part.get("offset_window")]
        now = [alias for alias in aliases if alias not in before]
        if len(before) != 1 or len(now) > 1 or any(templates(part.get("filter")) for part in aliases.values()):
            return None
        if any(part.get("offset_to_grain") for part in aliases.values()):
            return None
        names = {str(part.get("name")) for part in aliases.values()}
        if len(names) != 1:
            return None
        b, n = before[0], now[0] if now else None
        text = tree.sql(DIALECT)
        shapes = {f"{b}": "previous"}
        if n:
            shapes |= {
                f"{n} - {b}": "difference",
                f"({n} - {b}) / {b}": "growth",
                f"({n} - {b}) / NULLIF({b}, 0)": "growth",
                f"{n} / {b} - 1": "growth",
            }
        if text not in shapes:
            return None
        span = _span(aliases[b]["offset_window"])
        return {"type": "period_over_period", "metric": self._one(names.pop()), "offset": span, "show": shapes[text]}

    def _cumulative(self, item: Item, parameters: Item, filters: list[str]) -> Data:
        details = parameters.map("cumulative_type_params")
        of_metric = cast("Data", details.get("metric") or {})
        measure = parameters.map("measure")
        if of_metric:
            base = self._input(item, of_metric, filters, f"{self._names[item.name]}_base")
        else:
            found = self._measure(str(measure.get("name")))
            definition = self._aggregate(*found, [*templates(measure.get("filter")), *filters], parameters.place)
            base = self._same(definition) or self._helper(item, f"{self._names[item.name]}_base", definition)
        made: Data = {"type": "cumulative", "metric": base}
        window = details.get("window") or parameters.data.get("window")
        reset = details.get("grain_to_date") or parameters.data.get("grain_to_date")
        if window:
            made["window"] = _span(window)
        if reset:
            made["reset"] = _grain(reset)
        if details.get("period_agg") not in (None, "first"):
            self.draft.lose(parameters.place, f"period_agg of '{item.name}' is not kept: the end of a period counts")
        return made

    def _same(self, definition: Data) -> str | None:
        """Return the metric that already is an aggregate."""
        for name in list(self._waiting):
            if name in self._waiting and self._waiting[name].data.get("type") == "simple":
                self._make(name)
        return next((name for name, data in self.made.items() if _bare(data) == definition), None)

    def _helper(self, item: Item, hint: str, definition: Data) -> str:
        known = self._same(definition)
        if known:
            return known
        name = free_name(hint, {*self.made, *self._names.values()})
        self.made[name] = {
            "name": name, "label": to_label(name), "description": f"Part of '{self._names[item.name]}'.",
            "owner": self._owner(item), **definition,
        }  # fmt: skip
        self.draft.origins["metrics", name] = item.place
        return name

    def _add(self, item: Item, name: str, definition: Data) -> None:
        meta = item.meta
        made: Data = {
            "name": name,
            "label": item.text("label") or to_label(item.name),
            "description": item.text("description") or self._measure_text(item) or to_description(item.name),
            "owner": self._owner(item),
            **definition,
        }
        if meta.get("unit"):
            made["unit"] = str(meta["unit"])
        if meta.get("format") in list(NumberStyle):
            made["format"] = meta["format"]
        if isinstance(meta.get("synonyms"), list):
            made["synonyms"] = [str(word) for word in meta["synonyms"]]
        if meta.get("certified_by"):
            made["certified"] = {"by": str(meta["certified_by"])}
        left = sorted(set(meta) - _META)
        if left:
            self.draft.lose(item.place, f"meta of '{item.name}' is not kept: {', '.join(left)}")
        if item.data.get("tags"):
            self.draft.lose(item.place, f"tags of '{item.name}' are not kept")
        self.made[name] = made
        self.draft.origins["metrics", name] = item.place

    def _measure_text(self, item: Item) -> str | None:
        found = self.measures.get(str(item.map("type_params").get("measure", {}) and
                                      item.map("type_params")["measure"].get("name")))  # fmt: skip
        return found[1].text("description") if found and item.data.get("type") == "simple" else None

    def _owner(self, item: Item) -> str:
        group = str(item.data.get("group") or item.map("config").get("group") or "")
        return str(item.meta.get("owner") or self.owners.get(group) or self.options.owner)


def _bare(definition: Data) -> Data:
    """Return what is computed, without what it is called."""
    told = ("name", "label", "description", "owner", "unit", "format", "synonyms", "certified")
    return {key: value for key, value in definition.items() if key not in told}


def _span(window: object) -> Data:
    """Return a span of `{count, granularity}` or `7 days`."""
    if isinstance(window, dict):
        data = cast("Data", window)
        return {"count": int(data["count"]), "grain": _grain(data.get("granularity"))}
    count, _, grain = str(window).partition(" ")
    if not count.isdigit():
        raise UnsayableError(f"'{window}' is not a number of periods")
    return {"count": int(count), "grain": _grain(grain)}


def _grain(grain: object) -> str:
    name = str(grain).lower().removesuffix("s")
    if name not in _GRAINS:
        raise UnsayableError(f"there is no grain '{grain}'")
    return name


def _measures_in(item: Item) -> list[Any]:
    parameters = item.map("type_params")
    inputs = cast("list[Data]", parameters.get("input_measures") or [])
    conversion = cast("Data", parameters.get("conversion_type_params") or {})
    named = [parameters.get("measure"), conversion.get("base_measure"), conversion.get("conversion_measure")]
    return [entry["name"] for entry in [*inputs, *named] if isinstance(entry, dict) and "name" in entry]
