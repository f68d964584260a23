"""New charts and dashboards from a model, so that nobody starts with an empty file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from lakefront.errors import BadInputError, Location, did_you_mean
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.bundle import Bundle, names_of
from lakefront.superset.canonical import tidy
from lakefront.superset.names import slug_of
from lakefront.superset.position import FULL_WIDTH
from lakefront.superset.text import dump
from lakefront.superset.viz_model import Param, ParamKind, VizType
from lakefront.superset.viz_types import VIZ_TYPES

__all__ = ["VIZ_TYPES", "Param", "ParamKind", "VizType", "new_chart", "new_dashboard", "write_new"]

Data = dict[str, Any]
_ONE: Final = (ParamKind.METRIC, ParamKind.COLUMN)
_NUMBERS: Final = frozenset({"big_number", "big_number_total"})
_NUMBER_SIZE: Final = (3, 26)
_CHART_SIZE: Final = (6, 44)


def new_chart(
    bundle: Bundle, viz_type: str, slug: str, *, dataset: str, metrics: Sequence[str] = (), by: Sequence[str] = ()
) -> Data:
    """Return a chart of one type over a dataset of the bundle, in canonical form.

    `dataset`: the name of its file or table; `metrics` and `by` (columns) fill the type's parameters in their order.
    Raises BadInputError (`asset-viz-type`, `asset-name`, `asset-dataset-unknown`, `asset-metric-unknown`,
    `asset-column-unknown`, `asset-param-missing`, `asset-param-too-many`).
    """
    _check_slug(slug)
    if viz_type not in VIZ_TYPES:
        raise _unknown("asset-viz-type", "viz type", viz_type, VIZ_TYPES)
    kind = VIZ_TYPES[viz_type]
    found = {item.slug: item for item in bundle.of("datasets")} | {item.title: item for item in bundle.of("datasets")}
    if dataset not in found:
        raise _unknown("asset-dataset-unknown", "dataset", dataset, found)
    data = found[dataset].data
    _check_known("asset-metric-unknown", "metric", metrics, _column_names(data, "metrics", "metric_name"))
    _check_known("asset-column-unknown", "column", by, _column_names(data, "columns", "column_name"))
    params = _params(kind, metrics, by, data.get("main_dttm_col"))
    times = [str(item["column_name"]) for item in cast("list[Data]", data.get("columns") or []) if item.get("is_dttm")]
    if set(times) & set(by):
        # Explore says it where times are grouped, and dashboards take none where none is said.
        params = {**dict.fromkeys(kind.of(ParamKind.TIME_GRAIN), "P1D"), **params}
    params |= {name: dict.fromkeys(times, True) for name in kind.of(ParamKind.TIME_COLUMNS) if times}
    return tidy(
        "charts",
        {
            "version": "1.0.0",
            "uuid": asset_uuid("chart", slug),
            "dataset_uuid": str(data["uuid"]),
            "slice_name": _title(slug),
            "viz_type": viz_type,
            "params": params,
        },
    )


def new_dashboard(bundle: Bundle, slug: str, title: str, charts: Sequence[str]) -> Data:
    """Return a dashboard of some charts of the bundle, in canonical form: big numbers in a row, the others by two.

    It has a filter on time. Raises BadInputError (`asset-name`, `asset-chart-unknown`).
    """
    _check_slug(slug)
    found = {item.slug: item for item in bundle.of("charts")}
    _check_known("asset-chart-unknown", "chart", charts, list(found))
    numbers = [name for name in charts if found[name].data.get("viz_type") in _NUMBERS]
    others = [name for name in charts if name not in numbers]
    time_filter: Data = {
        "id": "NATIVE_FILTER-time-range",
        "name": "Time range",
        "filterType": "filter_time",
        "description": "",
    }
    return tidy(
        "dashboards",
        {
            "version": "1.0.0",
            "uuid": asset_uuid("dashboard", slug),
            "dashboard_title": title,
            "slug": slug,
            "layout": [*_rows(numbers, *_NUMBER_SIZE), *_rows(others, *_CHART_SIZE)],
            "metadata": {"native_filter_configuration": [time_filter]},
        },
        names_of(bundle),
    )


def write_new(folder: Path, name: str, data: Mapping[str, Any]) -> Path:
    """Write a new asset's file. Raises BadInputError (`asset-exists`) where there is one: nothing is overwritten."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(dump(data))
    except FileExistsError:
        fix = "choose another name, or change that file"
        raise BadInputError("asset-exists", "there is a file already", where=Location(file), fix=fix) from None
    return file


def _params(kind: VizType, metrics: Sequence[str], by: Sequence[str], time: Any) -> Data:
    params: Data = dict(kind.defaults)
    columns = list(by)
    if kind.time_at:
        if not time and not columns:
            what = f"{kind.name} needs a column for its axis, and the dataset has no column of time"
            raise BadInputError("asset-param-missing", what, fix="add --by COLUMN")
        params[kind.time_at] = time or columns.pop(0)
        params["time_grain_sqla"] = params.get("time_grain_sqla", "P1M")
    params |= _filled(kind, kind.metric_at, metrics, "--metric") | _filled(kind, kind.by_at, columns, "--by")
    if time:
        everything = {"expressionType": "SIMPLE", "clause": "WHERE", "operator": "TEMPORAL_RANGE"}
        always = [{**everything, "subject": time, "comparator": "No filter"}]
        params |= dict.fromkeys(kind.of(ParamKind.FILTERS), always)
    for names in kind.missing(params):
        needed = f"'{names[0]}'" if len(names) == 1 else f"one of {', '.join(names)}"
        raise BadInputError("asset-param-missing", f"{kind.name} needs {needed}", fix=_how(kind, names[0]))
    return params


def _filled(kind: VizType, places: Sequence[str], names: Sequence[str], option: str) -> Data:
    """Give each parameter one name, and the last that takes several all that are left."""
    kinds = {param.name: param.kind for param in kind.params}
    left = list(names)
    result: Data = {}
    for number, place in enumerate(places, start=1):
        several = kinds[place] not in _ONE
        taken = left if several and number == len(places) else left[:1]
        left = left[len(taken) :]
        if taken:
            result[place] = list(taken) if several else taken[0]
    if left:
        what = f"{kind.name} has no place for {', '.join(left)}"
        raise BadInputError("asset-param-too-many", what, fix=f"leave out {option} {left[0]}")
    return result


def _how(kind: VizType, name: str) -> str:
    return "add --metric NAME" if name in kind.metric_at else "add --by COLUMN"


def _rows(charts: Sequence[str], width: int, height: int) -> list[Data]:
    across = FULL_WIDTH // width
    rows = [charts[start : start + across] for start in range(0, len(charts), across)]
    return [
        {"height": height, "row": [{"chart": name, "width": FULL_WIDTH // len(row)} for name in row]} for row in rows
    ]


def _column_names(data: Mapping[str, Any], key: str, name: str) -> list[str]:
    return [str(item[name]) for item in cast("list[Data]", data.get(key) or [])]


def _title(slug: str) -> str:
    return slug.replace("-", " ").capitalize()


def _check_slug(slug: str) -> None:
    if slug_of(slug) != slug:
        what = f"'{slug}' is not a name of a file: small letters, digits and hyphens"
        raise BadInputError("asset-name", what, fix=f"call it {slug_of(slug)}")


def _check_known(code: str, what: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise _unknown(code, what, name, known)


def _unknown(code: str, what: str, name: str, known: Mapping[str, Any] | Sequence[str]) -> BadInputError:
    told = f"there is no {what} '{name}'.{did_you_mean(name, known)}"
    return BadInputError(code, told, fix=f"name one of: {', '.join(sorted(known)) or 'none yet'}")
