"""Models as a bundle has them -> the same over the tables of one environment."""

from __future__ import annotations

from collections.abc import Sequence

from lakefront.config import Schemas
from lakefront.errors import BadInputError
from lakefront.semantic.expression import ExpressionError
from lakefront.semantic.model import Dataset, Model
from lakefront.semantic.rollup_model import Rollup
from lakefront.semantic.source import Path_, Source
from lakefront.semantic.sql_schemas import sql_here


def models_here(parsed: Sequence[tuple[Source, Model]], schemas: Schemas) -> tuple[Model, ...]:
    """Return checked models with the schemas of an environment.

    Raises BadInputError (`manifest-schemas-collide`, `model-schemas` for a SELECT whose tables cannot be told).
    """
    if schemas.all_same:
        return tuple(model for _, model in parsed)
    return tuple(_model(source, model, schemas) for source, model in parsed)


def _model(source: Source, model: Model, schemas: Schemas) -> Model:
    datasets = (_dataset(source, ("datasets", at), item, schemas) for at, item in enumerate(model.datasets))
    rollups = (_rollup(rollup, schemas) for rollup in model.rollups)
    return model.model_copy(update={"datasets": tuple(datasets), "rollups": tuple(rollups)})


def _dataset(source: Source, path: Path_, dataset: Dataset, schemas: Schemas) -> Dataset:
    if dataset.source:
        return dataset.model_copy(update={"source": schemas.table(dataset.source)})
    if not dataset.sql:
        return dataset
    try:
        return dataset.model_copy(update={"sql": sql_here(dataset.sql, schemas)})
    except ExpressionError as error:
        raise BadInputError(
            "model-schemas",
            f"schemas have other names in the environment '{schemas.env}', and in the SELECT of '{dataset.name}' "
            f"{error}",
            where=source.at_value((*path, "sql"), error.offset),
            fix="name the tables as schema.table, or make datasets with `source` of them",
        ) from None


def _rollup(rollup: Rollup, schemas: Schemas) -> Rollup:
    return rollup.model_copy(update={"table": schemas.table(rollup.target)})
