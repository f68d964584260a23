"""Columns of our own tables, said once for the table, its documentation and what is written into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["string", "long", "int", "double", "boolean", "timestamptz", "list<string>", "map<string,string>"]


@dataclass(frozen=True)
class Column:
    """A column of a table: its Iceberg type, its meaning, and whether it is always set."""

    name: str
    type: ColumnType
    doc: str
    required: bool = True
