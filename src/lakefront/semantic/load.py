"""`semantic_layer/models/*.yml` -> a checked semantic layer, each mistake told with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from lakefront.errors import BadInputError, Location, did_you_mean
from lakefront.semantic.check import check_layer
from lakefront.semantic.check_origin import datasets_behind
from lakefront.semantic.model import Dataset, Model, SemanticLayer
from lakefront.semantic.model_base import COLUMN_PATTERN, DIMENSION_PATTERN, TABLE_PATTERN
from lakefront.semantic.names import Names
from lakefront.semantic.rollup.check import check_rollups
from lakefront.semantic.source import Path_, Source, read_source
from lakefront.semantic.view_sql import compile_view


class ModelError(BadInputError):
    """All that is wrong with the models, in the order of the files. The error itself is the first."""

    def __init__(self, problems: Iterable[BadInputError]) -> None:
        self.problems = tuple(
            sorted(problems, key=lambda p: (str(p.where.file), p.where.line, p.where.column) if p.where else ("", 0, 0))
        )
        first = self.problems[0]
        super().__init__(first.code, first.what, fix=first.fix, where=first.where)

    def __str__(self) -> str:
        return "\n".join(BadInputError.__str__(problem) for problem in self.problems)


def load_layer(folder: Path) -> SemanticLayer:
    """Read and check all models below a `semantic_layer` folder.

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
    return load_files(files)


def load_files(files: Iterable[Path]) -> SemanticLayer:
    """Read and check models. Raises ModelError with every problem found."""
    problems: list[BadInputError] = []
    parsed: list[tuple[Source, Model]] = []
    for file in files:
        try:
            source = read_source(file)
            parsed.append((source, _validate(source)))
        except ModelError as error:
            problems.extend(error.problems)
        except BadInputError as error:
            problems.append(error)
    # References of a file into one that could not be read would only be noise.
    if not problems:
        problems.extend(check_layer(parsed))
    if problems:
        raise ModelError(problems)
    layer = _with_selects(
        SemanticLayer(models=tuple(model for _, model in parsed), files=tuple(source.file for source, _ in parsed))
    )
    problems = check_rollups(parsed, layer)
    if problems:
        raise ModelError(problems)
    return layer


def _with_selects(layer: SemanticLayer) -> SemanticLayer:
    """Return a checked layer that has the SELECT of each dataset over a view."""
    waiting = [dataset for dataset in layer.datasets.values() if dataset.view]
    while waiting:  # a view may be over such a dataset itself; the check has seen that there is no circle
        ready = [dataset for dataset in waiting if not _behind(dataset, layer) & {item.name for item in waiting}]
        selects = {dataset.name: compile_view(layer.views[dataset.view or ""], layer).sql for dataset in ready}
        layer = SemanticLayer(models=layer.models, files=layer.files, selects={**layer.selects, **selects})
        waiting = [dataset for dataset in waiting if dataset not in ready]
    return layer


def _behind(dataset: Dataset, layer: SemanticLayer) -> set[str]:
    names = Names(layer.datasets, layer.metrics, layer.relationships)
    return set(datasets_behind(layer.views[dataset.view or ""], names))


def _validate(source: Source) -> Model:
    if not isinstance(source.data, dict):
        raise BadInputError(
            "model-empty",
            "a model is a mapping with version, name, description, owner, datasets, …",
            where=Location(source.file, 1, 1),
            fix="start it with the line `version: 1`",
        )
    try:
        return Model.model_validate(source.data)
    except ValidationError as error:
        raise ModelError(_problems(error, source)) from None


def _problems(error: ValidationError, source: Source) -> list[BadInputError]:
    items = [cast("dict[str, Any]", item) for item in error.errors(include_url=False, include_context=True)]
    # A misspelt key is also a missing one: the first says it better.
    misspelt = {item["loc"][:-1] for item in items if item["type"] == "extra_forbidden"}
    found: dict[str, BadInputError] = {}
    for item in items:
        if item["type"] == "missing" and item["loc"][:-1] in misspelt:
            continue
        problem = _in_words(item, source)
        found.setdefault(str(problem.where), problem)
    return list(found.values())


def _in_words(item: dict[str, Any], source: Source) -> BadInputError:
    path, owner = _walk(tuple(item["loc"]), source.data)
    kind: str = item["type"]
    last = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = _keys_of(owner)
        return BadInputError(
            "model-unknown-key",
            f"'{last}' is not known here.{did_you_mean(last, known)}",
            where=source.at_key(path),
            fix=f"use one of: {', '.join(known)}",
        )
    if kind == "missing":
        return BadInputError(
            "model-missing-key", f"'{last}' is missing", where=source.at_value(path[:-1]), fix=f"add `{last}: …` here"
        )
    if kind == "union_tag_invalid":
        path = (*path, "type")
        expected = [name.strip("'\" ") for name in str(item["ctx"]["expected_tags"]).split(",")]
        tag = str(item["ctx"]["tag"])
        return BadInputError(
            "model-unknown-type",
            f"'{tag}' is not a kind of metric.{did_you_mean(tag, expected)}",
            where=source.at_value(path),
            fix=f"use one of: {', '.join(expected)}",
        )
    if kind == "union_tag_not_found":
        return BadInputError(
            "model-missing-key", "'type' is missing", where=source.at_value(path), fix="add `type: sum` or another kind"
        )
    if kind == "value_error":
        return BadInputError(
            "model-invalid", _reason(item), where=source.at_value(path), fix="change, add or remove one of these keys"
        )
    return BadInputError(
        "model-invalid",
        f"'{_named(path)}' = {item['input']!r}: {_reason(item)}",
        where=source.at_value(path),
        fix=_fix(item),
    )


def _reason(item: dict[str, Any]) -> str:
    reasons = {
        "string_pattern_mismatch": "it does not have the form that is wanted here",
        "string_too_short": "it may not be empty",
        "too_short": "it may not be empty",
        "string_type": "a text is wanted here",
        "tuple_type": "a list is wanted here",
        "model_type": "a mapping is wanted here",
    }
    message = str(item["msg"]).removeprefix("Value error, ")
    return reasons.get(item["type"]) or message[0].lower() + message[1:]


def _fix(item: dict[str, Any]) -> str:
    context: dict[str, Any] = item.get("ctx") or {}
    if item["type"] in ("enum", "literal_error"):
        return f"use one of: {str(context['expected']).replace(chr(39), '').replace(' or ', ', ')}"
    if "pattern" in context:
        return _PATTERN_FIXES.get(str(context["pattern"]), "use lower-case letters, digits and underscores")
    fixes = {"string_type": "put the value in quotes", "tuple_type": "write it as a list: [a, b]"}
    return fixes.get(item["type"], "write what is wanted here")


def _named(path: Path_) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


def _walk(loc: tuple[str | int, ...], data: Any) -> tuple[Path_, type[BaseModel]]:
    """Return the path in the YAML for pydantic's, which also names unions' members, and the type that owns its end."""
    path: list[str | int] = []
    node: Any = data
    choices: list[type[BaseModel]] = [Model]
    for number, part in enumerate(loc):
        final = number == len(loc) - 1
        keys = cast("dict[str, Any]", node) if isinstance(node, dict) else None
        chosen = [choice for choice in choices if str(part) in _tags(choice)] if len(choices) > 1 else []
        if isinstance(part, int):
            path.append(part)
            node = cast("list[Any]", node)[part]
        elif chosen and not (keys is not None and part in keys):
            choices = chosen
        elif keys is not None and (part in keys or final):
            path.append(part)
            node = keys.get(part)
            if not final:
                choices = _models_below(choices[0], part) or choices
    return tuple(path), choices[0]


@lru_cache(maxsize=500)
def _models_below(owner: type[BaseModel], key: str) -> list[type[BaseModel]]:
    for name, field in owner.model_fields.items():
        if key in (name, field.alias):
            return list(_models_in(field.annotation))
    return []


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


@lru_cache(maxsize=100)
def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the values of `type` by which pydantic chooses a member of a union, and names it in its paths."""
    field = model.model_fields.get("type")
    return get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()


def _keys_of(owner: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in owner.model_fields.items()]


_PATTERN_FIXES = {
    TABLE_PATTERN: "write schema.table for the lake, or catalog.schema.table",
    COLUMN_PATTERN: "write dataset.column",
    DIMENSION_PATTERN: "write column, or dataset.column",
}
