"""`semantic_layer/models/*.yml` -> a checked semantic layer, each mistake told with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lakefront.config import BUNDLE_NAMES, Schemas, Settings
from lakefront.errors import BadFilesError, BadInputError, Location
from lakefront.semantic.check import check_layer
from lakefront.semantic.check_origin import datasets_behind
from lakefront.semantic.environment import models_here
from lakefront.semantic.model import Dataset, Model, SemanticLayer
from lakefront.semantic.names import Names
from lakefront.semantic.rollup.check import check_rollups
from lakefront.semantic.validation import parse_files
from lakefront.semantic.view_sql import compile_view

_EMPTY: Final = "a model is a mapping with version, name, description, owner, datasets, …"


class ModelError(BadFilesError):
    """All that is wrong with the models, in the order of the files. The error itself is the first."""


def load_layer(folder: Path, schemas: Schemas = BUNDLE_NAMES) -> SemanticLayer:
    """Read and check all models below a `semantic_layer` folder.

    `schemas`: those of the environment whose Trino will be asked; none for what is kept in git.
    Raises ModelError, or BadInputError (`models-missing`) when there are none. Errors name files as `folder` does.
    """
    files = sorted((folder / "models").glob("*.yml"))
    if not files:
        raise BadInputError(
            "models-missing",
            "there are no models here",
            where=Location(folder / "models"),
            fix="write one as NAME.yml, or correct semantic_layer in lakefront.toml",
        )
    return load_files(files, schemas)


def layer_here(settings: Settings) -> SemanticLayer:
    """Read and check a bundle's models, over the tables of its environment. Raises as `load_layer`."""
    return load_layer(settings.part("semantic_layer"), settings.schemas)


def load_files(files: Iterable[Path], schemas: Schemas = BUNDLE_NAMES) -> SemanticLayer:
    """Read and check models. Raises ModelError with every problem found, and as `models_here`."""
    parsed, problems = parse_files(files, Model, empty=_EMPTY)
    # References of a file into one that could not be read would only be noise.
    if not problems:
        problems.extend(check_layer(parsed))
    if problems:
        raise ModelError(problems)
    files = tuple(source.file for source, _ in parsed)
    layer = _with_selects(SemanticLayer(models=tuple(model for _, model in parsed), files=files))
    problems = check_rollups(parsed, layer)
    if problems:
        raise ModelError(problems)
    if schemas.all_same:
        return layer
    return _with_selects(SemanticLayer(models=models_here(parsed, schemas), files=files, schemas=schemas))


def _with_selects(layer: SemanticLayer) -> SemanticLayer:
    """Return a checked layer that has the SELECT of each dataset over a view."""
    waiting = [dataset for dataset in layer.datasets.values() if dataset.view]
    while waiting:  # a view may be over such a dataset itself; the check has seen that there is no circle
        ready = [dataset for dataset in waiting if not _behind(dataset, layer) & {item.name for item in waiting}]
        selects = {dataset.name: compile_view(layer.views[dataset.view or ""], layer).sql for dataset in ready}
        layer = SemanticLayer(
            models=layer.models, files=layer.files, selects={**layer.selects, **selects}, schemas=layer.schemas
        )
        waiting = [dataset for dataset in waiting if dataset not in ready]
    return layer


def _behind(dataset: Dataset, layer: SemanticLayer) -> set[str]:
    names = Names(layer.datasets, layer.metrics, layer.relationships)
    return set(datasets_behind(layer.views[dataset.view or ""], names))
