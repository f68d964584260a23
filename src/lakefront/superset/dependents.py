"""Which assets an import has to take along: what hangs by id on an asset that is made anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from lakefront.superset.entries import Entry
from lakefront.superset.look import Look
from lakefront.superset.plan import Plan


def to_import_with(found: Look, made: Plan) -> list[Entry]:
    """Return what a plan imports, and what hangs on an asset that gets a new id: its links are by id."""
    entries = found.wanted.entries
    charts = {entry.slug: entry.key for entry in entries.values() if entry.folder == "charts"}
    chosen = {step.key for step in made.steps if step.key in entries and entries[step.key].imported}
    new = {key for key in chosen if key not in found.there}
    for entry in entries.values():
        if entry.imported and entry.key not in chosen and new.intersection(_mentioned(entry.data, charts)):
            chosen.add(entry.key)
    return [entries[key] for key in chosen]


def _mentioned(value: Any, charts: Mapping[str, str]) -> Iterator[str]:
    """Yield all texts of an asset, uuids among them, and for charts of a layout their uuids. `charts`: slug -> uuid."""
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, Any]", value).items():
            if key == "chart" and isinstance(inner, str) and inner in charts:
                yield charts[inner]
            yield from _mentioned(inner, charts)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _mentioned(inner, charts)
    elif isinstance(value, str):
        yield value
