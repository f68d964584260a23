"""What all types of the model are made of: names, patterns and the base of everything that is read from YAML."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

TABLE_PATTERN: Final = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_$-]*){1,2}$"
DIMENSION_PATTERN: Final = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"
COLUMN_PATTERN: Final = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
#: `schema.table` is a table of the environment's lake catalog; `catalog.schema.table` names another catalog.
TableName = Annotated[str, StringConstraints(pattern=TABLE_PATTERN)]
#: `column`, or `dataset.column`
DimensionName = Annotated[str, StringConstraints(pattern=DIMENSION_PATTERN)]
#: `dataset.column`
ColumnRef = Annotated[str, StringConstraints(pattern=COLUMN_PATTERN)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Node(BaseModel):
    """Base of everything that is read from YAML: frozen, and strict about keys and types."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Grain(StrEnum):
    """Steps of time that a time column may be grouped by."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
