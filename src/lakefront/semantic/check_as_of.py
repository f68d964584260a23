"""Views that are asked as of an earlier time: over a table with snapshots, and with no name that the datasets take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from lakefront.errors import BadInputError
from lakefront.semantic.model import Model, View, ViewColumn
from lakefront.semantic.names import Names
from lakefront.semantic.source import Path_, Source
from lakefront.semantic.tables import is_lake_table
from lakefront.semantic.view_as_of import CHOSEN, COMPARED, DATES, STATE


def check_as_of(parsed: Sequence[tuple[Source, Model]], names: Names) -> Iterator[BadInputError]:
    """Check what `as_of` needs, where a view has it."""
    views = {view.name for _, model in parsed for view in model.views}
    for source, model in parsed:
        for number, view in enumerate(model.views):
            if view.as_of:
                yield from _view(source, ("views", number), view, names, views)


def _view(source: Source, path: Path_, view: View, names: Names, views: Collection[str]) -> Iterator[BadInputError]:
    if not is_lake_table(names.datasets[view.root]):
        yield BadInputError(
            "model-as-of", f"'{view.root}' is not a table of the lake, so it has no earlier states",
            where=source.at_value((*path, "as_of")), fix="leave out `as_of`",
        )  # fmt: skip
    for number, item in enumerate(view.columns):
        output = item.output if isinstance(item, ViewColumn) else item.split(".")[1]
        if output in (CHOSEN, STATE):
            yield BadInputError(
                "model-as-of", f"with `as_of`, the view has a column '{output}' already",
                where=source.at_value((*path, "columns", number)), fix="show this one under another name, by `as`",
            )  # fmt: skip
    for ending in (COMPARED, DATES):
        if view.name + ending in views:
            yield BadInputError(
                "model-as-of", f"with `as_of`, a dataset is made that is named '{view.name}{ending}', as a view is",
                where=source.at_value((*path, "as_of")), fix="give that view another name",
            )  # fmt: skip
