"""What a dashboard shows, whichever of its two forms says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lakefront.errors import did_you_mean
from lakefront.semantic.source import Path_
from lakefront.superset.bundle import AssetFile
from lakefront.superset.layout_check import size_problem
from lakefront.superset.validate.index import Index
from lakefront.superset.values import in_list


@dataclass(frozen=True)
class Placed:
    """A chart on a dashboard. `where`: the path of what names it; `tab`: of the tab it is on, () without tabs."""

    chart: AssetFile
    where: Path_
    tab: Path_


@dataclass
class Board:
    """A dashboard's content. `ids`: of its blocks; None where they are made only when the layout is compiled.

    `whole`: False where a part could not be made out, so that what is missing may be in it.
    """

    asset: AssetFile
    charts: list[Placed] = field(default_factory=list[Placed])
    markdown: list[tuple[Path_, str]] = field(default_factory=list[tuple[Path_, str]])
    ids: frozenset[str] | None = None
    whole: bool = True

    def add_chart(self, chart: AssetFile | None, where: Path_, tab: Path_, named: str, index: Index) -> None:
        """Add a chart that is named here, or tell that it is not there or here already."""
        place = self.asset.source.at_value(where)
        if chart is None:
            self.whole = False
            if "charts" in index.unread:
                return
            index.found.add(
                "asset-chart-missing",
                f"there is no chart '{named}'.{did_you_mean(named, index.charts)}",
                place,
                f"use one of: {in_list(index.charts)}" if len(index.charts) < 30 else "name a file of charts/",
            )
            return
        if any(item.chart is chart for item in self.charts):
            index.found.add(
                "asset-chart-twice",
                f"'{chart.slug}' is on this dashboard already, and Superset knows a chart of a dashboard once",
                place,
                "remove one of them, or copy the chart to a file of its own",
            )
            return
        self.charts.append(Placed(chart, where, tab))


def check_room(board: Board, path: Path_, widths: list[Any], room: int, index: Index) -> None:
    """Check that the widths of a row, as far as they are some, are together no more than there is room for."""
    total = sum(int(width) for width in widths if not size_problem("width", width))
    if total > room:
        index.found.add(
            "asset-width",
            f"this row is {total} columns wide, and there is room for {room}",
            board.asset.source.at_value(path),
            "make charts narrower, or begin another row",
        )
