"""Columns -> Iceberg schemas and partitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pyiceberg.io import pyarrow as arrow_io
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import (
    BooleanType,
    DoubleType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    TimestamptzType,
)

from lakefront.iceberg.columns import Column

# Arrow has no types; what comes from it goes straight into PyIceberg.
_ARROW_IO: Final[Any] = arrow_io
_SIMPLE: Final[Mapping[str, Callable[[], IcebergType]]] = {
    "string": StringType,
    "long": LongType,
    "int": IntegerType,
    "double": DoubleType,
    "boolean": BooleanType,
    "timestamptz": TimestamptzType,
}


def schema_of(columns: Sequence[Column]) -> Schema:
    """Return a schema whose first column is the key. Columns have ids 1 to n, what is nested in them the ids after."""
    nested = iter(range(len(columns) + 1, 10_000))

    def field_type(column: Column) -> IcebergType:
        if column.type == "list<string>":
            return ListType(element_id=next(nested), element=StringType(), element_required=False)
        if column.type == "map<string,string>":
            return MapType(
                key_id=next(nested),
                key_type=StringType(),
                value_id=next(nested),
                value_type=StringType(),
                value_required=False,
            )
        return _SIMPLE[column.type]()

    return Schema(
        *(
            NestedField(field_id=i, name=c.name, field_type=field_type(c), required=c.required, doc=c.doc)
            for i, c in enumerate(columns, start=1)
        ),
        identifier_field_ids=[1],
    )


def arrow_schema(of: Schema) -> Any:
    """Return the Arrow schema in which rows of a table are handed to PyIceberg."""
    return _ARROW_IO.schema_to_pyarrow(of, include_field_ids=False)


def by_day(of: Schema, column: str) -> PartitionSpec:
    """Return partitions by the day of a column."""
    source = of.find_field(column).field_id
    return PartitionSpec(
        PartitionField(source_id=source, field_id=1000, transform=DayTransform(), name=f"{column}_day")
    )
