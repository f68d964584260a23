"""Bring the explorer's catalogues up to what its code says; with --check, tell what a catalogue lacks.

python -m tests.support.catalogue [--check]
"""

from __future__ import annotations

import ast
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from ruamel.yaml import YAML

APP = Path(__file__).parents[2] / "streamlit_app"
#: The model of what the explorer shows, whose names of columns and metrics pages say, too.
MODEL = APP.parent / "semantic_layer" / "models" / "media.yml"
_DATASET = "media_assets"
#: Functions of `language` -> how many of their first arguments are texts.
_MARKS = {"t": 1, "later": 1, "n": 2}
_HEADER = """\
# What the explorer says in another language. `python -m tests.support.catalogue` adds what its code has begun to say.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def said(source: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the texts of a module that are to be translated, one or two each, and their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKS:
            first = node.args[: _MARKS[node.func.id]]
            texts = tuple(
                each.value for each in first if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )
            if len(texts) == _MARKS[node.func.id]:
                yield texts, node.lineno


def named(model: Path) -> Iterator[str]:
    """Yield what pages show of a semantic model: what its columns and metrics are called, and what metrics mean."""
    read: dict[str, Any] = YAML(typ="safe").load(model.read_text(encoding="utf-8"))
    dataset = next(each for each in read["datasets"] if each["name"] == _DATASET)
    yield from (column["label"] for column in dataset["columns"])
    for metric in read["metrics"]:
        yield metric["label"]
        yield " ".join(metric["description"].split())
        if metric.get("unit", "bytes") != "bytes":
            yield metric["unit"]


def template(app: Path = APP, model: Path | None = MODEL) -> Catalog:
    """Return all that the explorer's code says, and what it shows of the semantic model."""
    found = Catalog(charset="utf-8")
    for text in named(model) if model else ():
        found.add(text, locations=[(model.name, 0)] if model else [])
    for file in sorted(app.rglob("*.py")):
        for texts, _ in said(file.read_text(encoding="utf-8")):
            found.add(texts[0] if len(texts) == 1 else texts, locations=[(file.relative_to(app).as_posix(), 0)])
    return found


def read(file: Path) -> Catalog:
    """Return a catalogue."""
    with file.open("rb") as opened:
        return read_po(opened, locale=file.stem)


def fields(text: str) -> set[str]:
    """Return the names that stand in braces in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def faults(catalogue: Catalog, wanted: Catalog) -> list[str]:
    """Return what a catalogue lacks, has too much or says with other names in braces."""
    found: list[str] = []
    for message in wanted:
        if not message.id:
            continue
        one = message.id if isinstance(message.id, str) else message.id[0]
        here = catalogue.get(one)
        texts = [] if here is None else [here.string] if isinstance(here.string, str) else list(here.string or ())
        if here is None or not all(texts) or here.fuzzy:
            found.append(f"not translated: {one!r}")
            continue
        known = set[str]().union(*map(fields, [message.id] if isinstance(message.id, str) else message.id))
        # A language may leave out a number that its words say, and may not name what is not there.
        found += [f"other names in braces: {one!r} as {text!r}" for text in texts if fields(text) - known]
        if isinstance(message.id, str):
            found += [f"names in braces left out: {one!r} as {text!r}" for text in texts if known - fields(text)]
    ids = {message.id if isinstance(message.id, str) else message.id[0] for message in wanted}
    for message in catalogue:
        one = message.id if isinstance(message.id, str) else message.id[0]
        if one and one not in ids:
            found.append(f"nobody says it any more: {one!r}")
    return found


def bring_up(file: Path, wanted: Catalog) -> None:
    """Add to a catalogue what it lacks, untranslated, and take out what nobody says any more."""
    catalogue = read(file)
    catalogue.update(wanted, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with file.open("wb") as opened:
        # A header of our own: Babel's has the time at which it was written, which no two runs would agree on.
        opened.write(_HEADER.format(language=file.stem, plurals=catalogue.plural_forms).encode())
        write_po(opened, catalogue, width=120, omit_header=True, include_lineno=False, sort_output=True)


def main() -> None:
    """Run the command."""
    wanted = template()
    wrong: list[str] = []
    for file in sorted((APP / "locale").glob("*.po")):
        if "--check" not in sys.argv[1:]:
            bring_up(file, wanted)
        wrong += [f"{file.relative_to(APP.parent)}: {fault}" for fault in faults(read(file), wanted)]
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
