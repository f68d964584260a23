"""Dashboards: what they show, in either form, and what a reader needs on them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from lakefront.superset.bundle import AssetFile
from lakefront.superset.layout_check import said_twice
from lakefront.superset.validate.filters import FilterCheck
from lakefront.superset.validate.index import Index
from lakefront.superset.validate.layout import LayoutCheck
from lakefront.superset.validate.placed import Board
from lakefront.superset.validate.position import PositionCheck
from lakefront.superset.values import listed, mapping, text

_MOST_CHARTS: Final = 25
_LONGEST_MARKDOWN: Final = 10_000
_LONGEST_CSS: Final = 20_000
#: A tag, a comment, or a link that runs a script; `<https://…>` is a link of Markdown.
_HTML: Final = re.compile(r"<(?!https?://|mailto:)[A-Za-z/!][^<]*?>|<script|javascript:", re.IGNORECASE)
_FENCED: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def check_dashboards(index: Index) -> None:
    """Check all dashboards, and that each chart is on one of them."""
    used: set[str] = set()
    for asset in index.of.get("dashboards", []):
        board = _board(asset, index)
        used |= {item.chart.name for item in board.charts}
        filters = FilterCheck(board, index)
        filters.run()
        _time(board, filters, index)
        _sizes(board, index)
        for path, code in board.markdown:
            _markdown(asset, path, code, index)
    for chart in index.of.get("charts", []):
        if chart.name not in used:
            index.found.add(
                "asset-chart-unused",
                f"'{chart.slug}' is on no dashboard",
                chart.source.at_value(()),
                "put it on one, or remove the file",
            )


def _board(asset: AssetFile, index: Index) -> Board:
    board = Board(asset)
    layout, position = asset.data.get("layout"), asset.data.get("position")
    if said_twice(asset.data):
        board.whole = False
        what = "a dashboard has `layout` or `position`, not both"
        index.found.add("asset-layout-form", what, asset.source.at_key(("position",)), "keep one of them")
    elif not layout and not position:
        board.whole = False
        what = "the dashboard has no `layout`"
        index.found.add("asset-layout-form", what, asset.source.at_value(()), "add `layout:` with rows")
    if isinstance(layout, list) and layout:
        LayoutCheck(board, index).run()
    elif isinstance(position, dict) and position and not layout:
        PositionCheck(board, index).run()
    return board


def _time(board: Board, filters: FilterCheck, index: Index) -> None:
    asset = board.asset
    where = asset.source.at_value(())
    if not filters.kinds and asset.data.get("published") is True:
        index.found.add("asset-no-filter", "the dashboard is published and has no filter", where, "add native filters")
        return
    with_time = [item for item in board.charts if (data := index.dataset_of(item.chart)) and data.times]
    if with_time and "filter_time" not in filters.kinds:
        index.found.add(
            "asset-no-time-filter",
            "the dashboard has data with a time column and no filter on time",
            where,
            "add a native filter of the type filter_time",
        )
    if "filter_time" not in filters.kinds:
        return
    for item in with_time:
        params = item.chart.data.get("params", {})
        if isinstance(params, dict) and not _is_filtered_by_time(mapping(params)):
            index.found.add(
                "asset-time-unreached",
                f"the time filter of '{asset.slug}' does not reach this chart",
                item.chart.source.at_key(("params",)),
                "add an adhoc filter: {clause: WHERE, expressionType: SIMPLE, subject: the time column, "
                "operator: TEMPORAL_RANGE, comparator: No filter}",
            )


def _is_filtered_by_time(params: dict[str, Any]) -> bool:
    filters = [mapping(item) for item in listed(params.get("adhoc_filters"))]
    return bool(params.get("granularity_sqla")) or any(item.get("operator") == "TEMPORAL_RANGE" for item in filters)


def _sizes(board: Board, index: Index) -> None:
    asset = board.asset
    for tab, count in Counter(item.tab for item in board.charts).items():
        if count > _MOST_CHARTS:
            index.found.add(
                "asset-many-charts",
                f"there are {count} charts {'on this tab' if tab else 'here'}; over {_MOST_CHARTS} load slowly",
                asset.source.at_value(tab),
                "spread them over tabs, or over dashboards",
            )
    css = text(asset.data.get("css"))
    if len(css) > _LONGEST_CSS:
        index.found.add(
            "asset-css-size",
            f"the CSS has {len(css):,} characters; over {_LONGEST_CSS:,} belong into a theme",
            asset.source.at_value(("css",)),
            "move what is general into themes/ or css/",
        )


def _markdown(asset: AssetFile, path: tuple[str | int, ...], code: str, index: Index) -> None:
    where = asset.source.at_value(path)
    html = _HTML.search(_FENCED.sub("", code))
    if html:
        index.found.add(
            "asset-markdown-html",
            f"'{html.group()[:40]}' is HTML, and markdown here is text",
            where,
            "write it as Markdown",
        )
    if len(code) > _LONGEST_MARKDOWN:
        index.found.add(
            "asset-markdown-size",
            f"the text has {len(code):,} characters; over {_LONGEST_MARKDOWN:,} is a page of its own",
            where,
            "shorten it and link to the page",
        )
