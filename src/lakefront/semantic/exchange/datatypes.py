"""Ossie's logical data types and Trino's types, both ways.

Source: the Apache Ossie core specification, section "Data types". Earlier drafts wrote them in lower case.
"""

from __future__ import annotations

import re
from typing import Final

from sqlglot import exp

from lakefront.semantic.expression import DIALECT
from lakefront.semantic.time import TimeKind, time_kind

_TO_TRINO: Final = {
    "String": "varchar",
    "Integer": "bigint",
    "Decimal": "decimal(38,6)",
    "Float": "double",
    "Boolean": "boolean",
    "Date": "date",
    "Time": "time(6)",
    "DateTime": "timestamp(6)",
    "DateTimeTz": "timestamp(6) with time zone",
}
_EARLIER: Final = {
    "string": "String",
    "integer": "Integer",
    "number": "Decimal",
    "boolean": "Boolean",
    "date": "Date",
    "time": "Time",
    "timestamp": "DateTime",
    "timestamp_tz": "DateTimeTz",
    "other": "Opaque",
}
_FROM_TRINO: Final = {
    "varchar": "String",
    "char": "String",
    "uuid": "String",
    "tinyint": "Integer",
    "smallint": "Integer",
    "integer": "Integer",
    "int": "Integer",
    "bigint": "Integer",
    "decimal": "Decimal",
    "real": "Float",
    "double": "Float",
    "boolean": "Boolean",
    "date": "Date",
    "time": "Time",
}
#: Data types that make a field a time dimension unless it says otherwise.
TEMPORAL: Final = frozenset({"Date", "Time", "DateTime", "DateTimeTz"})
_DAYS: Final = ("day", "week", "month", "quarter", "year")


def logical_type(trino_type: str) -> str:
    """Return Ossie's data type for a type of Trino; `Opaque` for one that Ossie has no word for."""
    kind = time_kind(trino_type)
    if kind is not None and trino_type.lower().startswith("timestamp"):
        return "DateTimeTz" if "with time zone" in trino_type.lower() else "DateTime"
    word = re.match(r"[a-z]+", trino_type.lower())
    return _FROM_TRINO.get(word[0], "Opaque") if word else "Opaque"


def named_type(datatype: str | None) -> str | None:
    """Return a data type in the words of the newest specification."""
    return _EARLIER.get(datatype, datatype) if datatype else None


def trino_type(datatype: str | None) -> str | None:
    """Return the type of Trino that holds any value of a data type of Ossie; None where that is not known."""
    return _TO_TRINO.get(named_type(datatype) or "")


def type_of(tree: exp.Expr) -> str | None:
    """Return the type of Trino that an expression has whatever its columns are; None where that is not plain."""
    if isinstance(tree, exp.Paren):
        return type_of(tree.this)
    if isinstance(tree, (exp.Predicate, exp.And, exp.Or, exp.Not)):
        return "boolean"
    if isinstance(tree, exp.Cast):
        return tree.to.sql(DIALECT).lower().replace(", ", ",")
    return None


def grains_of(trino_type: str) -> list[str]:
    """Return the grains that a time column of a type may be grouped by."""
    return list(_DAYS) if time_kind(trino_type) is TimeKind.DATE else ["hour", *_DAYS]
