"""The rules of a bundle, checked with their places in the files."""

from __future__ import annotations

from pathlib import Path

from lakefront.config import BUNDLE_NAMES, Schemas
from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.load import load_layer
from lakefront.semantic.quality.bind import BoundRule, bind_rules


def load_rules(folder: Path, schemas: Schemas = BUNDLE_NAMES, *, dataset: str | None = None) -> list[BoundRule]:
    """Read the models below a `semantic_layer` folder; return all rules, or those of one dataset.

    Raises ModelError, or BadInputError (`unknown-dataset`).
    """
    layer = load_layer(folder, schemas)
    if dataset is not None and dataset not in layer.datasets:
        raise BadInputError(
            "unknown-dataset",
            f"there is no dataset '{dataset}'.{did_you_mean(dataset, layer.datasets)}",
            fix=f"use one of: {', '.join(sorted(layer.datasets))}",
        )
    return bind_rules(layer, dataset=dataset)
