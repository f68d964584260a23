"""A large `superset_assets/`, always the same: 2,000 assets that are sound, as a team writes them."""

from __future__ import annotations

import uuid
from pathlib import Path

DATASETS = 99
CHARTS = 1_700
DASHBOARDS = 200
#: With the one database.
ASSETS = 1 + DATASETS + CHARTS + DASHBOARDS
_COLUMNS = 20
_METRICS = 8
_SPACE = uuid.UUID("0f6a3b0c-7a0f-4c67-9d7e-3a2b8d1c5e44")


def write_assets(folder: Path) -> None:
    """Write all assets below a folder. Every chart is on one dashboard, every second dashboard has a `position`."""
    for name in ("databases", "datasets/lake", "charts", "dashboards"):
        (folder / name).mkdir(parents=True)
    _write(folder / "databases" / "lake.yaml", _database())
    for number in range(DATASETS):
        _write(folder / "datasets" / "lake" / f"table_{number}.yaml", _dataset(number))
    for number in range(CHARTS):
        _write(folder / "charts" / f"chart-{number}.yaml", _chart(number))
    for number in range(DASHBOARDS):
        charts = list(range(number, CHARTS, DASHBOARDS))
        _write(folder / "dashboards" / f"board-{number}.yaml", _dashboard(number, charts))


def _write(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _uuid(name: str) -> str:
    return str(uuid.uuid5(_SPACE, name))


def _database() -> list[str]:
    return [
        "version: 1.0.0",
        f"uuid: {_uuid('lake')}",
        "database_name: Lake",
        "sqlalchemy_uri: trino://superset@127.0.0.1:8080/iceberg",
        "impersonate_user: true",
    ]


def _dataset(number: int) -> list[str]:
    names = [f"column_{column}" for column in range(_COLUMNS)]
    lines = [
        "version: 1.0.0",
        f"uuid: {_uuid(f'table_{number}')}",
        f"database_uuid: {_uuid('lake')}",
        f"table_name: table_{number}",
        f"description: What department {number} counts.",
        "main_dttm_col: day",
        "sql: |",
        f'  SELECT "a"."day", {", ".join(f"a.{name}" for name in names)}',
        f'  FROM "department_{number}"."facts" AS "a"',
        f'  LEFT JOIN "department_{number}"."things" AS "b"',
        '    ON "a"."thing_id" = "b"."thing_id"',
        "columns:",
        "  - column_name: day",
        "    type: DATE",
        "    is_dttm: true",
    ]
    for name in names:
        lines += [f"  - column_name: {name}", f"    description: The {name}.", "    type: VARCHAR"]
    lines.append("metrics:")
    for metric in range(_METRICS):
        lines += [
            f"  - metric_name: metric_{metric}",
            f"    verbose_name: Metric {metric}",
            f'    expression: SUM("column_{metric}") FILTER(WHERE "column_{metric + 1}" <> \'{number}\')',
            "    extra:",
            "      certification:",
            "        certified_by: Finance",
            "        details: Agrees with the books",
        ]
    return lines


def _chart(number: int) -> list[str]:
    metric = number % _METRICS
    return [
        "version: 1.0.0",
        f"uuid: {_uuid(f'chart-{number}')}",
        f"dataset_uuid: {_uuid(f'table_{number % DATASETS}')}",
        f"slice_name: Chart {number}",
        f"viz_type: {('echarts_timeseries_line', 'echarts_timeseries_bar', 'echarts_area')[number % 3]}",
        "description: What it shows, in the chosen period.",
        "certified_by: Finance",
        "certification_details: Uses certified metrics only",
        "owners:",
        "  - ana",
        "params:",
        "  adhoc_filters:",
        "    - clause: WHERE",
        "      comparator: No filter",
        "      expressionType: SIMPLE",
        "      operator: TEMPORAL_RANGE",
        "      subject: day",
        "    - clause: WHERE",
        "      expressionType: SQL",
        f"      sqlExpression: column_{metric} <> '{number}'",
        "  color_scheme: lakefront",
        "  groupby:",
        f"    - column_{metric}",
        "    - expressionType: SQL",
        "      label: Group",
        f"      sqlExpression: upper(column_{number % _COLUMNS})",
        "  metrics:",
        f"    - metric_{metric}",
        "  order_desc: true",
        "  row_limit: 10000",
        "  show_legend: true",
        "  time_grain_sqla: P1M",
        "  x_axis: day",
        "  y_axis_format: SMART_NUMBER",
    ]


def _dashboard(number: int, charts: list[int]) -> list[str]:
    return [
        "version: 1.0.0",
        f"uuid: {_uuid(f'board-{number}')}",
        f"dashboard_title: Board {number}",
        f"slug: board-{number}",
        "description: What department it is about.",
        "certified_by: Finance",
        "certification_details: Certified metrics only",
        "owners:",
        "  - ana",
        "published: true",
        *(_position(charts) if number % 2 else _layout(charts)),
        "metadata:",
        "  native_filter_configuration:",
        "    - id: NATIVE_FILTER-day",
        "      name: Day",
        "      filterType: filter_time",
        "    - id: NATIVE_FILTER-group",
        "      name: Group",
        "      filterType: filter_select",
        "      targets:",
        f"        - datasetUuid: {_uuid(f'table_{number % DATASETS}')}",
        "          column:",
        "            name: column_1",
        "      scope:",
        "        rootPath:",
        "          - ROOT_ID",
        "        excluded:",
        f"          - chart-{charts[0]}",
    ]


def _layout(charts: list[int]) -> list[str]:
    lines = ["layout:"]
    for chart in charts:
        lines += ["  - height: 50", "    row:", f"      - chart: chart-{chart}", "        width: 12"]
    return lines


def _position(charts: list[int]) -> list[str]:
    lines = ["position:", "  ROOT_ID:", "    type: ROOT", "    children:", "      - GRID_ID"]
    lines += ["  GRID_ID:", "    type: GRID", "    children:", *(f"      - ROW-{chart}" for chart in charts)]
    for chart in charts:
        lines += [f"  ROW-{chart}:", "    type: ROW", "    children:", f"      - CHART-{chart}"]
        lines += ["    parents:", "      - ROOT_ID", "      - GRID_ID"]
        lines += [f"  CHART-{chart}:", "    type: CHART", "    meta:", f"      uuid: {_uuid(f'chart-{chart}')}"]
        lines += ["      width: 12", "      height: 50"]
    return lines
