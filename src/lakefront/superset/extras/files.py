"""`superset_assets/{themes,css,reports}/` and the links in assets' files, read from git."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from lakefront.errors import BadInputError
from lakefront.semantic.source import Source
from lakefront.semantic.validation import problems_of
from lakefront.superset.bundle import Bundle, read_mapping
from lakefront.superset.extras import css, links, reports, themes
from lakefront.superset.extras.common import WORDS, Extras

_MODELS: Final[Mapping[str, type[BaseModel]]] = {
    themes.FOLDER: themes.ThemeFile,
    css.FOLDER: css.CssFile,
    reports.FOLDER: reports.ReportFile,
}
#: Of Superset's settings; a dashboard may be fixed to one of them.
_SYSTEM_THEMES: Final = ("THEME_DEFAULT", "THEME_DARK")


def read_files(folder: Path, bundle: Bundle) -> Extras:
    """Read what stands below `superset_assets` besides its assets.

    Raises BadInputError (`asset-…`, `yaml-…`) with the place of the first mistake.
    """
    extras, problems = check_files(folder, bundle)
    if problems:
        raise problems[0]
    return extras


def check_files(folder: Path, bundle: Bundle) -> tuple[Extras, list[BadInputError]]:
    """Return what is well written, in canonical form, and all that is wrong with the rest, by file and line."""
    objects: dict[str, dict[str, Any]] = {}
    problems: list[BadInputError] = []
    taken: dict[tuple[str, str], str] = {(asset.uuid, "uuid"): asset.name for asset in bundle.assets}
    for kind in _MODELS:
        for file in sorted((folder / kind).rglob("*.yaml")):
            name = file.relative_to(folder).as_posix()
            try:
                source = read_mapping(file)
            except BadInputError as error:
                problems.append(error)
                continue
            wrong = list(_problems(kind, source, bundle)) or list(_name_problems(kind, name, source, taken))
            problems += wrong
            if not wrong:
                objects[name] = canonical(kind, source.data)
    known = frozenset(file.stem for file in (folder / themes.FOLDER).glob("*.yaml"))
    set_links: dict[str, dict[str, Any]] = {}
    for asset in bundle.assets:
        found, wrong = links.from_file(asset, known | {*_SYSTEM_THEMES})
        problems += wrong
        if found:
            set_links[asset.uuid] = found
    problems.sort(key=lambda item: (str(item.where.file), item.where.line) if item.where else ("", 0))
    return Extras(dict(sorted(objects.items())), set_links), problems


def canonical(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object of this folder in canonical form."""
    if kind == themes.FOLDER:
        return themes.canonical(data)
    return css.canonical(data) if kind == css.FOLDER else reports.canonical(data)


def identity_of(kind: str, data: Mapping[str, Any]) -> str:
    """Return by what an object of this folder is recognised."""
    if kind == themes.FOLDER:
        return themes.identity(data)
    return css.identity(data) if kind == css.FOLDER else reports.identity(data)


def _problems(kind: str, source: Source, bundle: Bundle) -> Iterator[BadInputError]:
    model = _MODELS[kind]
    try:
        model.model_validate(source.data)
    except ValidationError as error:
        yield from problems_of(error, source, model, prefix="asset")
        return
    if kind == themes.FOLDER:
        yield from themes.problems(source)
    elif kind == css.FOLDER:
        yield from css.problems(source)
    else:
        yield from reports.problems(source, bundle)


def _name_problems(kind: str, name: str, source: Source, taken: dict[tuple[str, str], str]) -> Iterator[BadInputError]:
    """Yield a mistake if another file has the identity of this one, else take it."""
    key = {themes.FOLDER: "uuid", css.FOLDER: "template_name"}.get(kind, "name")
    slot = (identity_of(kind, source.data), "uuid" if kind == themes.FOLDER else kind)
    if name.count("/") > 1:
        what, fix = f"{kind}/ has no folders in it", f"move this to {kind}/{source.file.name}"
        yield BadInputError("asset-place", what, where=source.at_value(()), fix=fix)
    elif slot in taken:
        code, fix = ("asset-uuid-twice", "write a new one: uuidgen") if key == "uuid" else ("asset-name-twice", "")
        what = f"{taken[slot]} has the same {key}"
        fix = fix or f"give this {WORDS[kind]} another name: Superset knows it by nothing else"
        yield BadInputError(code, what, where=source.at_value((key,)), fix=fix)
    else:
        taken[slot] = name
