"""What pydantic says of a YAML file -> errors in words, each with its line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from lakefront.errors import BadInputError, Location, did_you_mean
from lakefront.semantic.model_base import COLUMN_PATTERN, DIMENSION_PATTERN, TABLE_PATTERN
from lakefront.semantic.source import Path_, Source, read_source

Top = TypeVar("Top", bound=BaseModel)


def parse_files(
    files: Iterable[Path], top: type[Top], *, empty: str, prefix: str = "model"
) -> tuple[list[tuple[Source, Top]], list[BadInputError]]:
    """Read each file as a `top`; return those that are well-formed, and all that is wrong with the others.

    `empty` says what should stand in a file that holds no mapping; codes start with `prefix`.
    """
    parsed: list[tuple[Source, Top]] = []
    problems: list[BadInputError] = []
    for file in files:
        try:
            source = read_source(file)
        except BadInputError as error:
            problems.append(error)
            continue
        if not isinstance(source.data, dict):
            where, fix = Location(source.file, 1, 1), "start it with the line `version: 1`"
            problems.append(BadInputError(f"{prefix}-empty", empty, where=where, fix=fix))
            continue
        try:
            parsed.append((source, top.model_validate(source.data)))
        except ValidationError as error:
            problems += problems_of(error, source, top, prefix=prefix)
    return parsed, problems


def problems_of(
    error: ValidationError, source: Source, top: type[BaseModel], *, prefix: str = "model"
) -> list[BadInputError]:
    """Return what is wrong with a file that should have been a `top`; codes start with `prefix`."""
    items = [cast("dict[str, Any]", item) for item in error.errors(include_url=False, include_context=True)]
    # A misspelt key is also a missing one: the first says it better.
    misspelt = {item["loc"][:-1] for item in items if item["type"] == "extra_forbidden"}
    found: dict[str, BadInputError] = {}
    for item in items:
        if item["type"] == "missing" and item["loc"][:-1] in misspelt:
            continue
        if item["type"] == "too_short" and any(_inside(other["loc"], item["loc"]) for other in items):
            continue  # a list whose items are wrong counts as empty: they are told
        problem = _in_words(item, source, top, prefix)
        found.setdefault(str(problem.where), problem)
    return list(found.values())


def _inside(loc: tuple[str | int, ...], of: tuple[str | int, ...]) -> bool:
    return len(loc) > len(of) and loc[: len(of)] == of


def _in_words(item: dict[str, Any], source: Source, top: type[BaseModel], prefix: str) -> BadInputError:
    path, owner = _walk(tuple(item["loc"]), source.data, top)
    kind: str = item["type"]
    last = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = _keys_of(owner)
        return BadInputError(
            f"{prefix}-unknown-key",
            f"'{last}' is not known here.{did_you_mean(last, known)}",
            where=source.at_key(path),
            fix=f"use one of: {', '.join(known)}",
        )
    if kind == "missing":
        return BadInputError(
            f"{prefix}-missing-key",
            f"'{last}' is missing",
            where=source.at_value(path[:-1]),
            fix=f"add `{last}: …` here",
        )
    if kind == "union_tag_invalid":
        path = (*path, "type")
        expected = [name.strip("'\" ") for name in str(item["ctx"]["expected_tags"]).split(",")]
        tag = str(item["ctx"]["tag"])
        return BadInputError(
            f"{prefix}-unknown-type",
            f"'{tag}' is not a kind of metric.{did_you_mean(tag, expected)}",
            where=source.at_value(path),
            fix=f"use one of: {', '.join(expected)}",
        )
    if kind == "union_tag_not_found":
        return BadInputError(
            f"{prefix}-missing-key",
            "'type' is missing",
            where=source.at_value(path),
            fix="add `type: sum` or another kind",
        )
    if kind == "value_error":
        return BadInputError(
            f"{prefix}-invalid",
            _reason(item),
            where=source.at_value(path),
            fix="change, add or remove one of these keys",
        )
    return BadInputError(
        f"{prefix}-invalid",
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


def _walk(loc: tuple[str | int, ...], data: Any, top: type[BaseModel]) -> tuple[Path_, type[BaseModel]]:
    """Return the path in the YAML for pydantic's, which also names unions' members, and the type that owns its end."""
    path: list[str | int] = []
    node: Any = data
    choices: list[type[BaseModel]] = [top]
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
