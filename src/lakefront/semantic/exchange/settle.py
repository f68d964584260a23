"""A draft -> files that load: what the checks of models refuse is taken out and told, until all is well."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from lakefront.errors import BadInputError
from lakefront.semantic.exchange.draft import Data, Draft, Finding, ToCheck
from lakefront.semantic.exchange.write_yaml import render
from lakefront.semantic.load import ModelError, load_files
from lakefront.semantic.source import Path_, Source, read_source

_GUESSED: Final = "--types-from-trino asks Trino"


@dataclass(frozen=True)
class Settled:
    """Files that load, by name, and what to tell of how they came to be."""

    texts: dict[str, str]
    findings: tuple[Finding, ...]


def settle(draft: Draft, folder: Path, *, comment: str) -> Settled:
    """Return the draft's files as text.

    Names must also be free among the models of `folder` that stay as they are. Raises ModelError for a mistake in
    one of those, and BadInputError (`exchange-empty`) when nothing is left.
    """
    others = [path for path in sorted(folder.glob("*.yml")) if path.name not in draft.files]
    findings = list(draft.findings)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        while True:
            draft.files = {file: data for file, data in draft.files.items() if _has_parts(data)}
            texts = {file: render(data, comment=comment) for file, data in draft.files.items()}
            if not texts:
                raise BadInputError(
                    "exchange-empty", "nothing of the file can be carried over:\n  "
                    + "\n  ".join(map(str, findings)), fix="see the reasons above",
                )  # fmt: skip
            for file, text in texts.items():
                (scratch / file).write_text(text, encoding="utf-8")
            problems = _problems([*others, *(scratch / file for file in texts)])
            if not problems:
                return Settled(texts, (*findings, *_guesses(draft)))
            findings += _take_out(draft, problems, scratch, folder)


def _has_parts(data: Data) -> bool:
    return any(isinstance(value, list) and len(cast("list[Any]", value)) > 0 for value in data.values())


def _problems(files: list[Path]) -> tuple[BadInputError, ...]:
    try:
        load_files(files)
    except ModelError as error:
        return error.problems
    return ()


def _take_out(draft: Draft, problems: Iterable[BadInputError], scratch: Path, folder: Path) -> list[Finding]:
    """Remove what the problems are about, and return what to tell."""
    found: dict[tuple[str, Path_], Finding] = {}
    sources: dict[Path, Source] = {}
    for problem in problems:
        where = problem.where
        if where is None or where.file.parent != scratch:
            raise problem
        source = sources.setdefault(where.file, read_source(where.file))
        path = _removable(_path_at(source, where.line, where.column), problem)
        kind, name = _called(source.data, path)
        what = problem.what.replace(f"{scratch}/", f"{folder}/")
        place = draft.origins.get((kind, name), where.file.name)
        found.setdefault((where.file.name, path), Finding(place, f"{_in_words(kind, name)} is left out: {what}"))
    # From the end, so that the places of what stands before it stay true.
    for file, path in sorted(found, key=lambda key: _order(key[1]), reverse=True):
        owner: Any = draft.files[file]
        for part in path[:-1]:
            owner = owner[part]
        del owner[path[-1]]
    return list(found.values())


def _order(path: Path_) -> list[tuple[bool, int, str]]:
    return [(isinstance(part, int), part if isinstance(part, int) else 0, str(part)) for part in path]


def _path_at(source: Source, line: int, column: int) -> Path_:
    """Return the path of what stands at a place, or starts last before it."""
    starts = {**source.values, **source.keys}
    before = [(at, len(path), path) for path, at in starts.items() if at <= (line, column)]
    return max(before, key=lambda item: item[:2])[2] if before else ()


def _removable(path: Path_, problem: BadInputError) -> Path_:
    """Return the path of the smallest part that can be taken out by itself."""
    match path:
        case ("datasets", int(), "columns" | "quality", int(), *_):
            return path[:4]
        case ("datasets", int(), "time", *_):
            return path[:3]
        case (str(), int(), *_):
            return path[:2]
        case _:
            raise problem


def _called(data: Any, path: Path_) -> tuple[str, str]:
    """Return kind and name of a part of a file."""
    item = cast("Mapping[str, Any]", data[path[0]][path[1]])
    name = str(item.get("name"))
    if len(path) == 2:
        return str(path[0]), name
    if len(path) == 3:
        return str(path[2]), name
    inner = cast("Mapping[str, Any]", item[str(path[2])][path[3]])
    if path[2] == "columns":
        return "columns", f"{name}.{inner.get('name')}"
    return "quality", f"{name}.{inner.get('name') or inner.get('rule')}"


def _in_words(kind: str, name: str) -> str:
    words = {"quality": "quality rule", "time": "time of the dataset"}
    return f"the {words.get(kind, kind.removesuffix('s'))} '{name}'"


def _guesses(draft: Draft) -> list[Finding]:
    """Return one finding for each dataset with types that were guessed."""
    found: list[Finding] = []
    for file, data in draft.files.items():
        for dataset in data.get("datasets", ()):
            names = [column["name"] for column in dataset["columns"] if isinstance(column["type"], ToCheck)]
            if names:
                place = draft.origins.get(("datasets", dataset["name"]), file)
                what = f"types of '{dataset['name']}' are guesses, marked so: {', '.join(names)}; {_GUESSED}"
                found.append(Finding(place, what))
    return found
