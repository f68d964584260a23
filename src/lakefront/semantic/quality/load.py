"""The rules of a bundle, checked with their places in the files."""

from __future__ import annotations

from pathlib import Path

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.load import ModelError, load_layer
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.quality.bind import BoundRule, bind_rules
from lakefront.semantic.quality.check import check_quality
from lakefront.semantic.source import read_source


def load_rules(folder: Path, *, dataset: str | None = None) -> list[BoundRule]:
    """Read the models below a `semantic_layer` folder; return all rules, or those of one dataset.

    Raises ModelError, or BadInputError (`unknown-dataset`).
    """
    layer = load_layer(folder)
    require_sound(layer)
    if dataset is not None and dataset not in layer.datasets:
        raise BadInputError(
            "unknown-dataset",
            f"there is no dataset '{dataset}'.{did_you_mean(dataset, layer.datasets)}",
            fix=f"use one of: {', '.join(sorted(layer.datasets))}",
        )
    return bind_rules(layer, dataset=dataset)


def require_sound(layer: SemanticLayer) -> None:
    """Raise ModelError with all that is wrong with the quality rules of a layer that is otherwise checked."""
    parsed = [(read_source(file), model) for file, model in zip(layer.files, layer.models, strict=True)]
    problems = check_quality(parsed)
    if problems:
        raise ModelError(problems)
