"""A semantic layer -> one Apache Ossie document, with all that Ossie has no word for in extensions of our own.

Source: the core specification of Apache Ossie, versions 0.1.1 (released; models in a list) and 0.2.0.dev0 (one model
a document, data types). A layer becomes one model: its relationships lead from one file of ours into another.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from lakefront.errors import BadInputError
from lakefront.semantic.exchange.datatypes import TEMPORAL, logical_type
from lakefront.semantic.exchange.draft import Data
from lakefront.semantic.exchange.metric_to_sql import UnsayableError, metric_sql
from lakefront.semantic.model import AnyMetric, Column, Dataset, Node, Ratio, Relationship, SemanticLayer
from lakefront.semantic.quality_model import QualityRule, RuleKind, Severity

VENDOR: Final = "LAKEFRONT"
DIALECT: Final = "ANSI_SQL"
NEWEST: Final = "0.2.0.dev0"
RELEASED: Final = "0.1.1"
VERSIONS: Final = (NEWEST, RELEASED)
_COUNTS: Final = frozenset({"count", "count_distinct", "approx_distinct"})


@dataclass(frozen=True)
class Exported:
    """An Ossie document, and what other tools will not see in it."""

    document: Data
    notes: tuple[str, ...]

    def as_yaml(self) -> str:
        """Return the document as YAML, the same text for the same layer."""
        yaml = YAML()
        yaml.width = 100_000
        yaml.indent(mapping=2, sequence=4, offset=2)
        text = io.StringIO()
        yaml.dump(_with_short_lists(self.document), text)
        return text.getvalue()

    def as_json(self) -> str:
        """Return the document as JSON, the same text for the same layer."""
        return json.dumps(self.document, indent=2, ensure_ascii=False) + "\n"


def export_ossie(layer: SemanticLayer, *, name: str, catalog: str, version: str = NEWEST) -> Exported:
    """Return a checked layer as an Ossie document.

    `catalog` is the one that tables named `schema.table` are in. Raises BadInputError (`ossie-empty`).
    """
    if not layer.datasets:
        raise BadInputError(
            "ossie-empty", "there is no dataset, and an Ossie document has one at least", fix="add a dataset first"
        )
    said: list[Data] = []
    unsaid: list[Data] = []
    notes: list[str] = []
    for metric in layer.metrics.values():
        try:
            said.append(_metric(metric, metric_sql(metric, layer), version))
        except UnsayableError as error:
            unsaid.append(dump(metric))
            notes.append(str(error))
    model: Data = {
        "name": name,
        "description": " ".join(dict.fromkeys(" ".join(model.description.split()) for model in layer.models)),
        "datasets": [_dataset(dataset, catalog, version) for dataset in layer.datasets.values()],
        "relationships": [_relationship(item, layer) for item in layer.relationships],
        "metrics": said,
        "custom_extensions": _extension(
            {"catalog": catalog, "models": list(_models(layer)), **({"metrics": unsaid} if unsaid else {})}
        ),
    }
    model = {key: value for key, value in model.items() if value}
    if version == RELEASED:
        return Exported({"version": version, "semantic_model": [model]}, tuple(notes))
    return Exported({"version": version, **model}, tuple(notes))


def dump(node: Node | QualityRule) -> Data:
    """Return what is written in a part of a model, without what is only default."""
    return node.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)


def qualified(source: str, catalog: str) -> str:
    """Return a table's name with its catalog."""
    return source if source.count(".") == 2 else f"{catalog}.{source}"


def unique_keys(rules: Iterable[QualityRule]) -> list[list[str]]:
    """Return the columns that quality rules promise to be unique, without exception."""
    return [
        list(rule.own_columns)
        for rule in rules
        if rule.rule is RuleKind.UNIQUE
        and rule.severity is Severity.ERROR
        and not (rule.where or rule.max_rows or rule.max_share)
    ]


def _with_short_lists(value: Any) -> Any:
    """Return the data with each list of words on one line."""
    if isinstance(value, dict):
        return {key: _with_short_lists(item) for key, item in cast("Data", value).items()}
    if not isinstance(value, list):
        return value
    items = CommentedSeq([_with_short_lists(item) for item in cast("list[Any]", value)])
    if all(isinstance(item, str) for item in cast("list[Any]", value)):
        items.fa.set_flow_style()
    return items


def _models(layer: SemanticLayer) -> Iterable[Data]:
    """Yield each file of the layer: what stands at its top, and the names of what Ossie has a place for."""
    for model, file in zip(layer.models, layer.files, strict=True):
        data = dump(model)
        for key in ("datasets", "relationships", "metrics"):
            if key in data:
                data[key] = [item["name"] for item in data[key]]
        yield {"file": file.name, **data}


def _dataset(dataset: Dataset, catalog: str, version: str) -> Data:
    rest = _rest(dataset, "name", "sql", "description", "primary_key", "columns")
    if dataset.source and dataset.source.count(".") == 2:
        del rest["source"]  # stands outside just as it is
    keys = [key for key in unique_keys(dataset.quality) if key != list(dataset.primary_key)]
    return {
        "name": dataset.name,
        "source": qualified(dataset.source, catalog) if dataset.source else dataset.sql,
        "primary_key": list(dataset.primary_key),
        **({"unique_keys": keys} if keys else {}),
        "description": dataset.description,
        "fields": [_field(column, version) for column in dataset.columns],
        **_extended(rest),
    }


def _field(column: Column, version: str) -> Data:
    made: Data = {"name": column.name, "expression": _sql(column.expression or column.name)}
    datatype = logical_type(column.type)
    if column.time:
        made["dimension"] = {"is_time": True}
    elif datatype in TEMPORAL:  # else a reader would take it for a time dimension
        made["dimension"] = {"is_time": False}
    if column.label:
        made["label"] = column.label
    made["description"] = column.description
    if version != RELEASED:
        made["datatype"] = datatype
    return made | _context(column) | _extended(_rest(column, "name", "label", "description", "expression", "synonyms"))


def _relationship(item: Relationship, layer: SemanticLayer) -> Data:
    origin = layer.roles.get(item.from_, item.from_)
    rest = _rest(item, "name", "from", "to", "from_columns", "to_columns")
    if origin != item.from_:
        rest["from"] = item.from_
    return {
        "name": item.name,
        "from": origin,
        "to": item.to,
        "from_columns": list(item.from_columns),
        "to_columns": list(item.to_columns),
        **_extended(rest),
    }


def _metric(metric: AnyMetric, sql: str, version: str) -> Data:
    made: Data = {"name": metric.name, "expression": _sql(sql), "description": metric.description}
    if version != RELEASED and (isinstance(metric, Ratio) or metric.type in _COUNTS):
        made["datatype"] = "Float" if isinstance(metric, Ratio) else "Integer"
    return made | _context(metric) | _extended(_rest(metric, "name", "description", "synonyms"))


def _sql(text: str) -> Data:
    return {"dialects": [{"dialect": DIALECT, "expression": text}]}


def _context(item: Column | AnyMetric) -> Data:
    return {"ai_context": {"synonyms": list(item.synonyms)}} if item.synonyms else {}


def _rest(node: Node, *said: str) -> Data:
    return {key: value for key, value in dump(node).items() if key not in said}


def _extended(rest: Data) -> Data:
    return {"custom_extensions": _extension(rest)} if rest else {}


def _extension(data: Any) -> list[Data]:
    return [{"vendor_name": VENDOR, "data": json.dumps(data, ensure_ascii=False)}]
