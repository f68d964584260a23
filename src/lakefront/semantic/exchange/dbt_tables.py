"""dbt's semantic models -> datasets and relationships; entities become keys, dimensions and columns become columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlglot import exp
from sqlglot.errors import SqlglotError

from lakefront.semantic.exchange.datatypes import grains_of, type_of
from lakefront.semantic.exchange.dbt_filter import Reference
from lakefront.semantic.exchange.dbt_manifest import Item, Manifest
from lakefront.semantic.exchange.draft import Data, Draft, ImportOptions, ToCheck
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.exchange.naming import to_description, to_label
from lakefront.semantic.exchange.ossie_fields import in_order, own_name
from lakefront.semantic.exchange.sql_to_metric import parse
from lakefront.semantic.exchange.tables_in import origin
from lakefront.semantic.expression import DIALECT, replace_references
from lakefront.semantic.model import Grain, Sensitivity
from lakefront.semantic.time import time_kind

#: Kinds of entities of which each row has its own, best first.
_KEYS: Final = ("primary", "unique", "natural")
_GRAINS: Final = [grain.value for grain in Grain]
_KNOWN_DIALECTS: Final = frozenset({
    "trino", "duckdb", "snowflake", "bigquery", "databricks", "spark", "redshift", "postgres", "athena", "presto",
    "clickhouse", "mysql", "sqlite", "tsql", "oracle",
})  # fmt: skip


def dialect_of(manifest: Manifest) -> str:
    """Return how sqlglot calls the SQL that a manifest is written in."""
    name = {"sqlserver": "tsql", "fabric": "tsql"}.get(manifest.adapter, manifest.adapter)
    return name if name in _KNOWN_DIALECTS else DIALECT


@dataclass
class Table:
    """A semantic model on its way to a dataset."""

    item: Item
    node: Item | None
    name: str
    dialect: str
    draft: Draft
    columns: dict[str, Data] = field(default_factory=dict[str, Data])
    #: The column of each entity, and the entity's kind.
    entities: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    dimensions: dict[str, str] = field(default_factory=dict[str, str])
    quality: list[Data] = field(default_factory=list[Data])

    @property
    def time(self) -> str | None:
        """The column of the time that its measures are about."""
        name = self.item.map("defaults").get("agg_time_dimension")
        return self.dimensions.get(str(name)) if name else None

    @property
    def key(self) -> tuple[str, str] | None:
        """Entity and column that tell its rows apart."""
        for kind in _KEYS:
            for entity, (column, of_kind) in self.entities.items():
                if of_kind == kind:
                    return entity, column
        return None

    def owns(self, entity: str) -> bool:
        """Tell whether `entity__dimension` may mean a dimension of this table."""
        return entity in self.entities or entity == self.item.text("primary_entity")

    def read(self) -> None:
        """Take columns, entities and dimensions."""
        for column in (self.node.map("columns") if self.node else {}).values():
            self._table_column(Item(column, f"{self.node.place if self.node else ''}.columns"))
        for entity in self.item.items("entities"):
            self._entity(entity)
        for dimension in self.item.items("dimensions"):
            try:
                self._dimension(dimension)
            except UnsayableError as error:
                self.draft.lose(dimension.place, f"the dimension '{dimension.name}' is left out: {error}")

    def expression(self, text: str, but: str | None = None) -> str:
        """Return SQL over the columns of a row as ours; a table's column that is not known yet is added."""
        if "{{" in text or "{%" in text:
            raise UnsayableError(f"it is a template: {text}")
        tree = parse(text, self.dialect)
        if next((node for node in tree.walk() if isinstance(node, (exp.AggFunc, exp.Window, exp.Query))), None):
            raise UnsayableError(f"it is no value of one row: {text}")

        def renamed(column: exp.Column) -> exp.Expr:
            if column.name == but:
                raise UnsayableError("it is computed from a column of its own name")
            return exp.column(self._column(column.name))

        return replace_references(tree, renamed).sql(DIALECT)

    def dataset(self, options: ImportOptions) -> Data:
        """Return the dataset. Raises UnsayableError."""
        relation = self.item.map("node_relation")
        parts = [relation.get("database"), relation.get("schema_name"), relation.get("alias") or self.name]
        text = str(relation.get("relation_name") or ".".join(str(part) for part in parts if part))
        about = self.item.text("description") or (self.node.text("description") if self.node else None)
        made: Data = {
            "name": self.name,
            **origin(text, options),
            "description": about or to_description(self.name),
            "primary_key": self._primary_key(),
            "columns": in_order(list(self.columns.values())),
        }
        times = [name for name, column in self.columns.items() if "time" in column]
        if self.time in times and len(times) > 1:
            made["time"] = self.time
        if self.quality:
            made["quality"] = self.quality
        return made

    def _primary_key(self) -> list[str]:
        key = self.key
        if key and key[1] in self.columns:
            return [key[1]]
        known = cast("list[Any]", self.node.data.get("primary_key") or []) if self.node else []
        names = [str(name).lower() for name in known]
        if names and all(name in self.columns for name in names):
            return names
        if not self.columns:
            raise UnsayableError("it has no columns")
        times = [self.time] if self.time else []
        foreign = [column for column, _ in self.entities.values() if column in self.columns]
        guess = list(dict.fromkeys(times + foreign)) or [next(iter(self.columns))]
        self.draft.lose(
            self.item.place,
            f"'{self.name}' has no primary entity with a column; {', '.join(guess)} is a guess as its key",
        )
        return guess

    def _table_column(self, item: Item) -> None:
        name = item.name.lower()
        if own_name(name) != name:
            self.draft.lose(item.place, f"the column '{item.name}' is left out: its name needs quotes")
            return
        made: Data = {"name": name, "type": self._type(item.text("data_type"))}
        made["description"] = item.text("description") or to_description(name)
        said = str(item.meta.get("sensitivity") or ("pii" if item.meta.get("pii") is True else "")).lower()
        if said in list(Sensitivity):
            made["sensitivity"] = said
        self.columns[name] = made

    def _type(self, text: str | None) -> str:
        if not text:
            return ToCheck("varchar")
        try:
            return exp.DataType.build(text, dialect=self.dialect).sql(DIALECT).lower().replace(", ", ",")
        except SqlglotError:
            return ToCheck("varchar")

    def _column(self, text: str) -> str:
        name = text.lower()
        if own_name(name) != name:
            raise UnsayableError(f"the column '{text}' has a name that needs quotes")
        self.columns.setdefault(name, {"name": name, "type": ToCheck("varchar"), "description": to_description(name)})
        return name

    def _entity(self, item: Item) -> None:
        text = item.text("expr") or item.name
        try:
            if re.fullmatch(r"\w+", text):
                column = self._column(text)
            else:
                column = own_name(item.name)
                expression = self.expression(text, but=column)
                self.columns[column] = {
                    "name": column, "type": ToCheck("varchar"),
                    "description": item.text("description") or to_description(item.name), "expression": expression,
                }  # fmt: skip
        except UnsayableError as error:
            self.draft.lose(item.place, f"the entity '{item.name}' is left out: {error}")
            return
        self.entities[item.name] = (column, str(item.data.get("type")))
        about = item.text("description")
        if about and self.columns[column]["description"] == to_description(column):
            self.columns[column]["description"] = about

    def _dimension(self, item: Item) -> None:
        name = own_name(item.name)
        text = item.text("expr") or item.name
        if re.fullmatch(r"\w+", text) and text.lower() == name:
            column: Data = self.columns[self._column(text)]
        else:
            expression = self.expression(text, but=name)
            type_ = type_of(parse(expression)) or ToCheck("varchar")
            column = {"name": name, "type": type_, "description": to_description(item.name)}
            column["expression"] = expression
            self.columns[name] = column
        self.dimensions[item.name] = name
        self.draft.origins["columns", f"{self.name}.{name}"] = item.place
        label = item.text("label") or (to_label(item.name) if name != item.name else None)
        if label:
            column["label"] = label
        if item.text("description"):
            column["description"] = item.text("description")
        if item.data.get("type") == "time":
            self._time(item, column)

    def _time(self, item: Item, column: Data) -> None:
        parameters = item.map("type_params")
        grain = str(parameters.get("time_granularity") or "day").lower()
        if parameters.get("validity_params"):
            self.draft.lose(item.place, f"the validity of rows that '{item.name}' tells (validity_params) is not kept")
        if isinstance(column["type"], ToCheck):
            column["type"] = ToCheck("timestamp(6)" if grain in ("minute", "hour", "second") else "date")
        if time_kind(column["type"]) is None:
            self.draft.lose(item.place, f"'{item.name}' is a time dimension there; a {column['type']} is none here")
            return
        known = grains_of(column["type"])
        start = _GRAINS.index(grain) if grain in _GRAINS else 0
        grains = [name for name in _GRAINS if _GRAINS.index(name) >= start and (name in known or name == grain)]
        column["time"] = {"grains": grains or known, "zone": "UTC"}


def relationships(tables: dict[str, Table]) -> list[Data]:
    """Return the ways between tables: from a foreign entity to the table whose key it is."""
    made: list[Data] = []
    names: set[str] = set()
    for table in tables.values():
        pairs: set[str] = set()
        for entity, (column, kind) in table.entities.items():
            for other in tables.values():
                target = other.key
                if other is table or target is None or target[0] != entity:
                    continue
                both = kind in _KEYS
                if both and list(tables).index(table.name) > list(tables).index(other.name):
                    continue  # one to one is told once
                name = f"{table.name}_{own_name(entity)}"
                name = name if name not in names else f"{name}_{other.name}"
                names.add(name)
                data: Data = {"name": name, "from": table.name, "to": other.name,
                              "from_columns": [column], "to_columns": [target[1]]}  # fmt: skip
                if both:
                    data["type"] = "one_to_one"
                if other.name in pairs:
                    data["as"] = own_name(entity)
                pairs.add(other.name)
                made.append(data)
                table.draft.origins["relationships", name] = f"{table.item.place}.entities"
    return made


def place_of(reference: Reference, own: Table, tables: dict[str, Table]) -> tuple[Table, str]:
    """Return the table and column that a reference of a metric over `own` names. Raises UnsayableError."""
    *way, name = reference.path
    if name == "metric_time" and not way:
        if own.time is None:
            raise UnsayableError(f"'{own.name}' has no time dimension for metric_time")
        return own, own.time
    if reference.kind == "Entity":
        holders = [own, *tables.values()]
        for table in holders:
            if name in table.entities:
                return table, table.entities[name][0]
    for table in [own] if not way or own.owns(way[-1]) else []:
        if name in table.dimensions:
            return table, table.dimensions[name]
    for table in tables.values():
        if way and table.key and table.key[0] == way[-1] and name in table.dimensions:
            return table, table.dimensions[name]
    raise UnsayableError(f"there is no dimension '{'__'.join(reference.path)}'")
