"""A dashboard's native filters and cross-filters."""

from __future__ import annotations

from typing import Any, Final

from lakefront.errors import did_you_mean
from lakefront.semantic.source import Path_
from lakefront.superset.metadata import DERIVED
from lakefront.superset.validate.adhoc import check_column, check_filters
from lakefront.superset.validate.index import Index
from lakefront.superset.validate.placed import Board
from lakefront.superset.values import in_list, listed, mapping, text

_TYPES: Final = ("filter_range", "filter_select", "filter_time", "filter_timecolumn", "filter_timegrain")
#: Those that ask for the values of a column.
_OF_COLUMN: Final = ("filter_range", "filter_select")
_OF_PERIOD: Final = "filter_time"
#: The column by which a filter's values are of a period.
_TIME_COLUMN: Final = "granularity_sqla"
_FILTERS: Final = ("metadata", "native_filter_configuration")


class FilterCheck:
    """Checks the filters of one dashboard whose charts are known."""

    def __init__(self, board: Board, index: Index) -> None:
        self.board = board
        self.index = index
        metadata = mapping(board.asset.data.get("metadata"))
        self.metadata = metadata
        every = [mapping(item) for item in listed(metadata.get("native_filter_configuration"))]
        self.every = every
        self.filters = [(n, item) for n, item in enumerate(every) if item.get("type") != "DIVIDER"]
        self.shown = {word for item in board.charts for word in (item.chart.slug, text(item.chart.data.get("uuid")))}

    def run(self) -> None:
        """Check all of it."""
        self._twice("id", [(n, item.get("id")) for n, item in enumerate(self.every)])
        self._twice("name", [(n, item.get("name")) for n, item in self.filters])
        for number, item in self.filters:
            self._form(number, item)
            self._targets(number, item)
            self._scope((*_FILTERS, number), item, "asset-filter-scope")
            self._parents(number, item)
        self._circles()
        self._cross_filters()

    @property
    def kinds(self) -> list[str]:
        """The types of the filters."""
        return [text(item.get("filterType")) for _, item in self.filters]

    def _twice(self, key: str, values: list[tuple[int, Any]]) -> None:
        seen: set[str] = set()
        for number, value in values:
            if text(value) and value in seen:
                what = f"another filter of this dashboard has the {key} '{value}'"
                self._found("asset-filter-twice", (*_FILTERS, number, key), what, "change one of them")
            seen.add(text(value))

    def _form(self, number: int, item: dict[str, Any]) -> None:
        for key in ("id", "name", "filterType"):
            if not text(item.get(key)):
                self._found("asset-filter", (*_FILTERS, number), f"a filter needs '{key}'", f"add `{key}: …`")
        kind = text(item.get("filterType"))
        if kind and kind not in _TYPES:
            what = f"Superset has no filter '{kind}'.{did_you_mean(kind, _TYPES)}"
            self._found("asset-filter", (*_FILTERS, number, "filterType"), what, f"use one of: {in_list(_TYPES)}")
        for key in DERIVED:
            if listed(item.get(key)):
                what = f"'{key}' holds ids of one server, and the import does not translate them"
                self._found(
                    "asset-filter-scope", (*_FILTERS, number, key), what, "remove it: Superset works it out of `scope`"
                )

    def _targets(self, number: int, item: dict[str, Any]) -> None:
        kind = text(item.get("filterType"))
        targets = [mapping(target) for target in listed(item.get("targets"))]
        here: Path_ = (*_FILTERS, number, "targets")
        if kind in _OF_COLUMN and not any(target.get("datasetUuid") for target in targets):
            what = f"the filter '{item.get('name')}' asks no dataset"
            self._found("asset-filter-target", here, what, "add `datasetUuid` and `column.name` to its target")
        for place, target in enumerate(targets):
            uuid = target.get("datasetUuid")
            if "datasetId" in target:
                what = "'datasetId' is the number of a dataset on one server"
                self._found(
                    "asset-filter-target", (*here, place, "datasetId"), what, "write `datasetUuid` in its place"
                )
            if uuid is None:
                continue
            dataset = self.index.datasets.get(text(uuid))
            if dataset is None and "datasets" in self.index.unread:
                continue
            if dataset is None:
                what = f"the filter '{item.get('name')}' names {uuid}, and no file in datasets/ has that uuid"
                self._found(
                    "asset-reference", (*here, place, "datasetUuid"), what, "correct it, or add the missing dataset"
                )
                continue
            column = mapping(target.get("column")).get("name")
            if column is not None:
                path = (*here, place, "column", "name")
                check_column(self.board.asset, path, column, dataset, self.index)
            elif kind in _OF_COLUMN:
                what = f"the filter '{item.get('name')}' asks no column of {dataset.name}"
                self._found("asset-filter-target", (*here, place), what, "add `column: {name: …}`")
            if item.get(_TIME_COLUMN) is not None:
                check_column(
                    self.board.asset, (*_FILTERS, number, _TIME_COLUMN), item[_TIME_COLUMN], dataset, self.index
                )
            filters = listed(item.get("adhoc_filters"))
            check_filters(self.board.asset, (*_FILTERS, number, "adhoc_filters"), filters, dataset, self.index)

    def _scope(self, path: Path_, item: dict[str, Any], code: str) -> None:
        scope = mapping(item.get("scope"))
        for number, block in enumerate(listed(scope.get("rootPath"))):
            known = self.board.ids
            if known is not None and text(block) not in known:
                what = f"this dashboard has no block '{block}'.{did_you_mean(str(block), known)}"
                self._found(code, (*path, "scope", "rootPath", number), what, "name ROOT_ID or a TAB of `position`")
        self._charts((*path, "scope", "excluded"), scope.get("excluded"), code)

    def _charts(self, path: Path_, values: Any, code: str) -> None:
        for number, chart in enumerate(listed(values)):
            self._chart((*path, number), chart, code)

    def _chart(self, path: Path_, chart: Any, code: str) -> None:
        if isinstance(chart, int):
            what = f"{chart} is the number of a chart on one server"
            self._found(code, path, what, "name the chart by its slug")
        elif self.board.whole and text(chart) not in self.shown:
            what = f"this dashboard does not show '{chart}'.{did_you_mean(str(chart), self.shown)}"
            self._found(code, path, what, "name a chart of this dashboard by its slug")

    def _parents(self, number: int, item: dict[str, Any]) -> None:
        kinds = {text(other.get("id")): text(other.get("filterType")) for _, other in self.filters}
        known = list(kinds)
        parents = [kinds.get(text(parent)) for parent in listed(item.get("cascadeParentIds"))]
        if _OF_PERIOD in parents and text(item.get("filterType")) in _OF_COLUMN and not item.get(_TIME_COLUMN):
            what = f"the filter '{item.get('name')}' offers the values of all time, whatever period it depends on"
            fix = f"add `{_TIME_COLUMN}: …` with the column of its dataset that holds the time"
            self._found("asset-filter-period", (*_FILTERS, number, "cascadeParentIds"), what, fix)
        for place, parent in enumerate(listed(item.get("cascadeParentIds"))):
            if parent not in known:
                what = f"there is no filter '{parent}'.{did_you_mean(str(parent), known)}"
                self._found(
                    "asset-filter-parent",
                    (*_FILTERS, number, "cascadeParentIds", place),
                    what,
                    "name another filter's id",
                )

    def _circles(self) -> None:
        parents = {
            text(item.get("id")): [text(parent) for parent in listed(item.get("cascadeParentIds"))]
            for _, item in self.filters
        }
        for number, item in self.filters:
            start = text(item.get("id"))
            chain, waiting = set[str](), list(parents.get(start, ()))
            while waiting:
                current = waiting.pop()
                if current not in chain:
                    chain.add(current)
                    waiting += parents.get(current, ())
            if start in chain:
                what = f"the filter '{item.get('name')}' depends on itself"
                path = (*_FILTERS, number, "cascadeParentIds")
                self._found("asset-filter-parent", path, what, "remove one of the dependencies")

    def _cross_filters(self) -> None:
        code = "asset-cross-filter"
        configuration = mapping(self.metadata.get("chart_configuration"))
        for chart, value in configuration.items():
            path: Path_ = ("metadata", "chart_configuration", chart)
            self._chart(path, int(chart) if chart.isdecimal() else chart, code)
            cross = mapping(mapping(value).get("crossFilters"))
            if isinstance(cross.get("scope"), dict):
                self._scope((*path, "crossFilters"), cross, code)
        self._scope(
            ("metadata", "global_chart_configuration"), mapping(self.metadata.get("global_chart_configuration")), code
        )
        self._charts(
            ("metadata", "timed_refresh_immune_slices"), self.metadata.get("timed_refresh_immune_slices"), code
        )
        for chart in mapping(self.metadata.get("expanded_slices")):
            self._chart(("metadata", "expanded_slices", chart), int(chart) if chart.isdecimal() else chart, code)

    def _found(self, code: str, path: Path_, what: str, fix: str) -> None:
        source = self.board.asset.source
        place = source.at_key(path) if path[-1] in (*DERIVED, "datasetId") else source.at_value(path)
        self.index.found.add(code, what, place, fix)
