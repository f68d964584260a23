"""One Ossie dataset -> a dataset of ours: table, keys, and columns in an order in which each can be computed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from lakefront.semantic.exchange.datatypes import TEMPORAL, grains_of, logical_type, named_type, trino_type, type_of
from lakefront.semantic.exchange.draft import Data, Draft, ImportOptions, ToCheck
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.exchange.naming import free_name, to_description, to_label, to_name
from lakefront.semantic.exchange.ossie_export import qualified
from lakefront.semantic.exchange.ossie_spec import Expression, OssieDataset, OssieField
from lakefront.semantic.exchange.sql_to_metric import parse
from lakefront.semantic.exchange.tables_in import origin
from lakefront.semantic.expression import DIALECT, replace_references
from lakefront.semantic.time import time_kind

#: Dialects that can be read, best first, and how sqlglot calls them.
_DIALECTS: Final = {
    "ANSI_SQL": DIALECT,
    "OSSIE_SQL_2026": DIALECT,
    "DATABRICKS": "databricks",
    "SNOWFLAKE": "snowflake",
    "BIGQUERY": "bigquery",
}
_OWN_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass
class DatasetReader:
    """Makes one dataset. `own`: what our extension says of it; `catalog`: the one that it was exported from."""

    item: OssieDataset
    name: str
    own: Data
    catalog: str | None
    options: ImportOptions
    draft: Draft
    place: str
    #: Our name of each field, by theirs in lower case.
    names: dict[str, str] = field(default_factory=dict[str, str])
    #: Columns of the table that are needed and are no fields.
    needed: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        taken: set[str] = set()
        for entry in self.item.fields:
            name = entry.name if _OWN_NAME.fullmatch(entry.name) and entry.name not in taken else None
            made = name or free_name(entry.name, taken)
            taken.add(made)
            self.names.setdefault(entry.name.lower(), made)

    def column(self, text: str, why: str) -> str:
        """Return our name of a column that something names; the table's own where there is no field of it."""
        found = self.names.get(text.lower())
        if found:
            return found
        name = text.lower()
        if not _OWN_NAME.fullmatch(name):
            raise UnsayableError(f"the column '{text}' has a name that needs quotes")
        self.needed.setdefault(name, why)
        return name

    def columns(self, places: Iterable[str], extensions: Iterable[Data]) -> list[Data]:
        """Return the columns. `places` and `extensions`: one for each field."""
        made: list[Data] = []
        for entry, place, own in zip(self.item.fields, places, extensions, strict=True):
            try:
                column = self._column(entry, own, place)
            except UnsayableError as error:
                self.draft.lose(place, f"the field '{entry.name}' is left out: {error}")
                continue
            self.draft.origins["columns", f"{self.name}.{column['name']}"] = place
            if column["name"] != entry.name:
                self.draft.note(place, f"the field '{entry.name}' is written as '{column['name']}'")
            made.append(column)
        return made

    def finish(self, columns: list[Data]) -> Data:
        """Return the dataset, given its columns. Raises UnsayableError."""
        named = {column["name"] for column in columns}
        helpers: list[Data] = [
            {"name": name, "type": ToCheck("varchar"), "description": f"Column of the table; {why}."}
            for name, why in self.needed.items()
            if name not in named
        ]
        key = list(dict.fromkeys(self.names.get(name.lower(), name.lower()) for name in self.item.primary_key))
        quality = list(self.own.get("quality", ()))
        for unique in self.item.unique_keys:
            names = [self.names.get(name.lower(), name.lower()) for name in unique]
            if not any(_unique_columns(rule) == names for rule in quality):
                quality.append({"rule": "unique", "column": names[0]} if len(names) == 1 else
                               {"rule": "unique", "columns": names})  # fmt: skip
        made: Data = {
            "name": self.name,
            **self._origin(),
            "description": self.item.description or to_description(self.item.name),
            "primary_key": key,
            "columns": in_order([*helpers, *columns]),
            **{key: value for key, value in self.own.items() if key not in ("source", "quality")},
        }
        if quality:
            made["quality"] = quality
        return made

    def _origin(self) -> Data:
        source = self.item.source
        if self.catalog is None:
            return origin(source, self.options)
        kept = self.own.get("source")
        if isinstance(kept, str) and qualified(kept, self.catalog) == source:
            return {"source": kept}
        made = origin(source, self.options)
        return {"sql": source} if "sql" in made else {"source": source} if not kept else made

    def _column(self, entry: OssieField, own: Data, place: str) -> Data:
        name = self.names[entry.name.lower()]
        expression = self._expression(entry, name)
        type_ = self._type(entry, own)
        if isinstance(type_, ToCheck) and expression:
            type_ = type_of(parse(expression)) or type_
        made: Data = {"name": name}
        label = entry.label or (to_label(entry.name) if name != entry.name else None)
        if label:
            made["label"] = label
        made |= {"type": type_, "description": entry.description or to_description(entry.name)}
        if expression:
            made["expression"] = expression
        made |= {key: value for key, value in own.items() if key not in ("type", "time")}
        self._time(made, entry, own, place)
        return made

    def _type(self, entry: OssieField, own: Data) -> str:
        datatype = named_type(entry.datatype)
        kept = own.get("type")
        if isinstance(kept, str) and datatype in (None, logical_type(kept)):
            return kept
        made = trino_type(datatype)
        if made is None:
            return ToCheck("date" if entry.dimension and entry.dimension.is_time else "varchar")
        return ToCheck(made) if datatype == "Decimal" else made

    def _time(self, made: Data, entry: OssieField, own: Data, place: str) -> None:
        said = entry.dimension.is_time if entry.dimension else None
        if not (named_type(entry.datatype) in TEMPORAL if said is None else said):
            return
        if time_kind(str(made["type"])) is None:
            if said:
                self.draft.lose(place, f"'{entry.name}' is a time dimension there; a {made['type']} is none here")
            return
        made["time"] = own.get("time") or {"grains": grains_of(str(made["type"])), "zone": "UTC"}

    def _expression(self, entry: OssieField, name: str) -> str | None:
        """Return the expression of a computed column; None for a column of the table."""
        text, dialect = readable(entry.expression)
        tree = parse(text, dialect)
        if isinstance(tree, exp.Column) and not tree.args.get("db") and tree.name.lower() == name:
            return None
        if next((node for node in tree.walk() if isinstance(node, (exp.AggFunc, exp.Window, exp.Query))), None):
            raise UnsayableError(f"it is no value of one row: {text}")
        same = dialect == DIALECT
        own = {self.item.name.lower(), ""}

        def renamed(column: exp.Column) -> exp.Expr:
            nonlocal same
            if column.table.lower() not in own or column.args.get("db"):
                raise UnsayableError(f"it names '{column.sql(DIALECT)}', a column of another dataset")
            found = self.column(column.name, f"'{name}' is computed from it")
            if found == name:
                raise UnsayableError("it is computed from a column of its own name")
            same = same and not column.table and column.name == found
            return exp.column(found)

        made = replace_references(tree, renamed).sql(DIALECT)
        return text.strip() if same else made


def readable(expression: Expression) -> tuple[str, str]:
    """Return the text and dialect that can be read best. Raises UnsayableError."""
    by_dialect = {item.dialect.upper(): item.expression for item in reversed(expression.dialects)}
    for name, dialect in _DIALECTS.items():
        if name in by_dialect:
            return by_dialect[name], dialect
    raise UnsayableError(f"it is given in {', '.join(item.dialect for item in expression.dialects)} only")


def in_order(columns: list[Data]) -> list[Data]:
    """Return columns so that each computed one stands below those it is computed from; else as they were."""
    computed = {column["name"] for column in columns if column.get("expression")}
    waiting, done, seen = list(columns), list[Data](), set[str]()
    while waiting:
        ready = next((column for column in waiting if _inputs(column) & computed <= seen), waiting[0])
        waiting.remove(ready)
        done.append(ready)
        seen.add(ready["name"])
    return done


def _inputs(column: Data) -> set[str]:
    text = column.get("expression")
    if not text:
        return set()
    return {node.name for node in parse(text).find_all(exp.Column)}


def _unique_columns(rule: Data) -> list[str] | None:
    if rule.get("rule") != "unique":
        return None
    return [str(name) for name in rule.get("columns") or [rule.get("column")]]


def own_name(text: str) -> str:
    """Return a name as it is when models may have it, else the nearest that they may."""
    return text if _OWN_NAME.fullmatch(text) else to_name(text)
