"""Where an asset is used: what of the lake names it, as the semantic layer's relationships say, and who shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlglot import exp

from lakefront.errors import BadInputError, LakefrontError, NotAllowedError
from lakefront.media.assets import TABLE, Asset
from lakefront.media.rows import no_table
from lakefront.semantic import SemanticLayer
from lakefront.semantic.metrics import parts_of
from lakefront.semantic.model import Dataset, Relationship
from lakefront.semantic.tables import column_of, row_value, table_of
from lakefront.semantic.usage import Dashboard, Usage
from lakefront.trino import Trino

#: Rows of a table that are named by their keys.
MOST_NAMED: Final = 5
_OF_ASSET: Final = {field.name for field in fields(Asset)}


@dataclass(frozen=True)
class Use:
    """Rows of a dataset that name an asset: by which columns, how many, and the keys of the first of them.

    `error`: why it could not be asked; what a person may not see is left out altogether.
    """

    dataset: str
    description: str
    columns: tuple[str, ...]
    rows: int = 0
    keys: tuple[str, ...] = ()
    error: LakefrontError | None = None


def uses(trino: Trino, layer: SemanticLayer, asset: Asset) -> list[Use]:
    """Return the datasets that name an asset, of those that relationships of the layer lead from to the media table.

    One statement is asked for each, in the name of whoever looks.
    """
    found: list[Use] = []
    for relationship in leading_here(layer, trino.schemas.table(TABLE)):
        dataset = layer.datasets[relationship.from_]
        about = (dataset.name, " ".join(dataset.description.split()), relationship.from_columns)
        try:
            rows, keys = _rows(trino, dataset, relationship, asset)
        except NotAllowedError:
            continue
        except LakefrontError as error:
            if not (isinstance(error, BadInputError) and no_table(error)):
                found.append(Use(*about, error=error))
            continue
        if rows:
            found.append(Use(*about, rows, keys))
    return found


def leading_here(layer: SemanticLayer, table: str = TABLE) -> list[Relationship]:
    """Return the relationships from other tables to the media table, by columns that an asset has."""
    here = _over(layer, table)
    return [
        relationship
        for relationship in layer.relationships
        if relationship.to in here and relationship.from_ not in here and _OF_ASSET.issuperset(relationship.to_columns)
    ]


def _over(layer: SemanticLayer, table: str) -> set[str]:
    return {dataset.name for dataset in layer.datasets.values() if dataset.source == table}


def dashboards_over_media(layer: SemanticLayer, usage: Usage, table: str = TABLE) -> list[Dashboard]:
    """Return the dashboards that have a chart whose view reads the media table."""
    here = _over(layer, table)
    views = {
        view.name
        for view in layer.views.values()
        if view.root in here
        or any(
            part.dataset in here for metric in view.metrics for part in parts_of(layer.metrics[metric], layer.metrics)
        )
    }
    return usage.dashboards_with(chart for chart in usage.charts if chart.view in views)


def _rows(trino: Trino, dataset: Dataset, relationship: Relationship, asset: Asset) -> tuple[int, tuple[str, ...]]:
    """Return how many rows of a dataset name an asset, and the keys of the first."""
    wanted: Sequence[Any] = [getattr(asset, column) for column in relationship.to_columns]
    where = exp.and_(
        *(
            exp.EQ(this=row_value(dataset, column_of(dataset, name)), expression=exp.Placeholder())
            for name in relationship.from_columns
        )
    )
    key = [exp.cast(row_value(dataset, column_of(dataset, name)), "varchar") for name in dataset.primary_key]
    named = exp.func("CONCAT_WS", exp.Literal.string(", "), *key) if key else exp.null()
    inner = exp.select(exp.alias_(named, "named")).from_(table_of(dataset)).where(where)
    outer = exp.select(
        exp.Count(this=exp.Star()), exp.func("MIN_BY", "named", "named", exp.Literal.number(MOST_NAMED))
    ).from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("using"))))
    number, keys = trino.query(outer.sql("trino"), list(wanted)).rows[0]
    return int(number), tuple(str(item) for item in keys or () if item is not None)
