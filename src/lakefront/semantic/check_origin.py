"""Datasets over a view of other datasets: the view is there, it has the columns, and nothing is made of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lakefront.errors import BadInputError
from lakefront.semantic.metrics import parts_of
from lakefront.semantic.model import Dataset, View
from lakefront.semantic.names import Names, unknown
from lakefront.semantic.source import Path_, Source
from lakefront.semantic.tables import columns_of


def check_origin(
    source: Source, path: Path_, dataset: Dataset, views: Mapping[str, View], names: Names
) -> Iterator[BadInputError]:
    """Yield what is wrong with a dataset over a view, when all views by themselves are sound."""
    view = views.get(dataset.view or "")
    if view is None:
        yield unknown(source, (*path, "view"), dataset.view or "", "view", views)
        return
    outputs = view.outputs()
    for number, column in enumerate(dataset.columns):
        if not column.expression and column.name not in outputs:
            here = (*path, "columns", number, "name")
            yield unknown(source, here, column.name, f"column of the view {view.name}", outputs)
    circle = _circle(dataset.name, views, names)
    if circle:
        yield BadInputError(
            "model-circle", f"the dataset is made of itself: {' > '.join(circle)}",
            where=source.at_value((*path, "view")), fix="break the circle",
        )  # fmt: skip


def datasets_behind(view: View, names: Names) -> tuple[str, ...]:
    """Return the datasets that a view reads: its root, and those it joins."""
    routes = names.routes(view.root)
    roles = [item.column.split(".")[0] for item in view.outputs().values()]
    for metric in view.metrics:
        roles += [role for part in parts_of(names.metrics[metric], names.metrics) for role, _ in columns_of(part)]
    return (view.root, *dict.fromkeys(step.dataset for step in routes.needed(roles)))


def _circle(name: str, views: Mapping[str, View], names: Names) -> tuple[str, ...] | None:
    def walk(path: tuple[str, ...]) -> tuple[str, ...] | None:
        view = views.get(names.datasets[path[-1]].view or "")
        for following in datasets_behind(view, names) if view else ():
            if following == name:
                return (*path, name)
            found = walk((*path, following)) if following not in path else None
            if found:
                return found
        return None

    return walk((name,))
