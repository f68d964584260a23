"""The metrics of an Ossie document -> ours: by our own extension where the SQL still agrees with it, else by SQL."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from pydantic import ValidationError
from sqlglot import exp

from lakefront.semantic.exchange.draft import Data, Draft, ImportOptions
from lakefront.semantic.exchange.metric_to_sql import UnsayableError, metric_sql
from lakefront.semantic.exchange.naming import free_name, to_description, to_label
from lakefront.semantic.exchange.ossie_fields import own_name, readable
from lakefront.semantic.exchange.ossie_spec import OssieMetric
from lakefront.semantic.exchange.sql_to_metric import Made, MetricReader, bare, is_aggregate, parse
from lakefront.semantic.model import Model, SemanticLayer

#: Keys that say how a metric is computed, and not what it is called and by whom.
_DEFINITION: Final = frozenset({
    "type", "dataset", "expression", "filter", "percentile", "numerator", "denominator", "time", "over_time",
})  # fmt: skip


@dataclass
class _Entry:
    item: OssieMetric
    name: str
    own: Data
    place: str
    synonyms: list[str]
    tree: exp.Expr | None = None
    made: Made | None = None


@dataclass
class MetricsReader:
    """Takes metrics one by one and makes them all at the end, when their names are known.

    `datasets` and `relationships` as they will be written; `names`: our name of each dataset, by theirs.
    """

    draft: Draft
    options: ImportOptions
    datasets: Mapping[str, Data]
    relationships: list[Data]
    names: Mapping[str, str]
    fields: Mapping[str, Mapping[str, str]]
    leads_to: Mapping[str, Set[str]]
    _entries: list[_Entry] = field(default_factory=list[_Entry])
    _unsaid: list[Data] = field(default_factory=list[Data])

    def add(self, item: OssieMetric, own: Data, place: str, synonyms: list[str]) -> None:
        """Take a metric of the document."""
        taken = {entry.name for entry in self._entries}
        name = own_name(item.name)
        name = name if name not in taken else free_name(name, taken)
        if name != item.name:
            self.draft.note(place, f"the metric '{item.name}' is written as '{name}'")
        self._entries.append(_Entry(item, name, own, place, synonyms))

    def add_unsaid(self, data: Data) -> None:
        """Take a metric that Ossie could not say, as our extension holds it."""
        self._unsaid.append(data)

    def made(self) -> list[Data]:
        """Return all metrics, each after those that were made for it."""
        for entry in self._entries:
            self._parse(entry)
        layer = self._layer()
        for entry in self._entries:
            self._reader.metrics.setdefault(entry.item.name.lower(), entry.name)
            if entry.own and not self._changed(entry, layer):
                entry.made = Made({key: value for key, value in entry.own.items() if key in _DEFINITION})
                self._reader.remember(entry.name, entry.made.definition)
        # Single aggregates first, so that ratios and sums can name them wherever they stand.
        for entry in sorted(self._entries, key=lambda entry: not (entry.tree and is_aggregate(bare(entry.tree)))):
            if entry.made is None and entry.tree is not None:
                self._read(entry, entry.tree)
        found: list[Data] = []
        for entry in self._entries:
            if entry.made is not None:
                found += [self._helper(data, entry) for data in entry.made.helpers]
                found.append(self._metric(entry, entry.made))
                self.draft.origins["metrics", entry.name] = entry.place
        return [*found, *self._unsaid]

    @cached_property
    def _reader(self) -> MetricReader:
        keys = {name: tuple(data["primary_key"]) for name, data in self.datasets.items()}
        names = {theirs: ours for theirs, ours in self.names.items() if ours in self.datasets}
        return MetricReader(self.fields, names, {k: v if len(v) == 1 else () for k, v in keys.items()}, self.leads_to)

    def _parse(self, entry: _Entry) -> None:
        try:
            entry.tree = parse(*readable(entry.item.expression))
        except UnsayableError as error:
            if not entry.own:
                self._lose(entry, error)

    def _read(self, entry: _Entry, tree: exp.Expr) -> None:
        own = self._reader.metrics.pop(entry.item.name.lower(), None)  # a metric is not made of itself
        try:
            entry.made = self._reader.read(entry.name, tree)
        except UnsayableError as error:
            self._lose(entry, error)
            return
        if own:
            self._reader.metrics.setdefault(entry.item.name.lower(), own)
        self._reader.remember(entry.name, entry.made.definition)
        for note in entry.made.notes:
            self.draft.lose(entry.place, f"'{entry.name}': {note}")

    def _lose(self, entry: _Entry, error: UnsayableError) -> None:
        self.draft.lose(entry.place, f"the metric '{entry.item.name}' is left out: {error}")

    def _metric(self, entry: _Entry, made: Made) -> Data:
        label = to_label(entry.item.name)
        return {
            "name": entry.name,
            "label": label,
            "description": entry.item.description or to_description(entry.item.name),
            "owner": self.options.owner,
            **made.definition,
            **{key: value for key, value in entry.own.items() if key not in _DEFINITION},
            **({"synonyms": entry.synonyms} if entry.synonyms else {}),
        }

    def _helper(self, data: Data, entry: _Entry) -> Data:
        owner = entry.own.get("owner", self.options.owner)
        return {**data, "description": f"Part of '{entry.name}'.", "owner": owner}

    def _layer(self) -> SemanticLayer | None:
        """Return the models as our extensions tell them, to see whether the SQL beside them is still theirs."""
        metrics = [{"name": entry.name, "description": "-", **entry.own} for entry in self._entries if entry.own]
        if not metrics:
            return None
        try:
            model = Model.model_validate({
                "version": 1, "name": "x", "description": "-", "owner": "-", "metrics": metrics,
                "datasets": list(self.datasets.values()), "relationships": self.relationships,
            })  # fmt: skip
        except ValidationError:
            return None  # told, with its place, when the models are checked
        return SemanticLayer(models=(model,), files=())

    def _changed(self, entry: _Entry, layer: SemanticLayer | None) -> bool:
        """Tell whether the SQL of a metric of ours was changed by another tool, so that the SQL counts."""
        if layer is None or entry.tree is None:
            return False
        try:
            ours = metric_sql(layer.metrics[entry.name], layer)
        except (UnsayableError, KeyError):  # something that it is made of is gone: told when the models are checked
            return False
        if parse(ours) == entry.tree:
            return False
        self.draft.note(entry.place, f"the SQL of '{entry.name}' was changed outside Lakefront; the SQL counts")
        return True
