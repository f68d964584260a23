"""A bundle with every kind of file, key and block that there is: the repository's, and more of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from lakefront.semantic.emit.superset import asset_uuid
from lakefront.semantic.source import read_source
from lakefront.superset.bundle import read_bundle
from lakefront.superset.canonical import OWN_KEYS, tidy
from lakefront.superset.names import Names
from lakefront.superset.text import dump, leading_comments
from tests.support.bundles import with_own_assets
from tests.support.cli import ROOT
from tests.support.superset_export import Data, names_of_files

ALL_OF_AN_ALERT: Final[Data] = {
    "version": "1.0.0",
    "name": "It's all! (test)",
    "type": "Alert",
    "description": "Every key that there is.",
    "active": False,
    "owners": ["ana", "dana"],
    "chart": "sales-kpi-orders",
    "database": "lakehouse",
    "crontab": "*/5 8-18 * * mon-fri",
    "timezone": "Asia/Seoul",
    "report_format": "CSV",
    "force_screenshot": True,
    "custom_width": 1200,
    "email_subject": "Look here",
    "context_markdown": "**Why**",
    "log_retention": 30,
    "grace_period": 60,
    "working_timeout": 120,
    "sql": "SELECT 1\nWHERE 1 = 0\n",
    "validator_type": "operator",
    "validator_config_json": {"op": ">=", "threshold": 2.5},
    "recipients": [
        {"bcc": "c@example.com", "cc": "b@example.com", "target": "a@example.com", "type": "Email"},
        {"target": "alerts", "type": "Slack"},
    ],
}
#: What the import leaves out, set on assets of the reference bundle.
LINKS: Final[dict[str, Data]] = {
    "dashboards/sales-overview.yaml": {
        "owners": ["ana", "dana"],
        "tags": ["finance", "매출 (test)"],
        "theme": "lakefront-dark",
        "roles": ["Lakefront: Analyst", "Lakefront: Viewer"],
        "embedded": ["explorer", "https://pages.example.com"],
    },
    "charts/sales-kpi-orders.yaml": {"owners": ["dana"], "tags": ["finance"]},
    "datasets/lakehouse/sales.yaml": {"owners": ["ana"]},
}
_THEME: Final[Data] = {
    "version": "1.0.0",
    "uuid": asset_uuid("theme", "full"),
    "theme_name": "Full 테마",
    "json_data": {"algorithm": "dark", "token": {"colorPrimary": "#123456", "fontSizeXS": "8"}},
}
_CSS: Final[Data] = {
    "version": "1.0.0",
    "template_name": 'Full: "größer" & so on',
    "css": ".a {\n  color: red;\n}\n",
}


def with_links(folder: Path) -> None:
    """Give files of a copy of the reference bundle's assets the owners, tags, theme and roles of LINKS."""
    for name, links in LINKS.items():
        file = folder / name
        text = file.read_text(encoding="utf-8")
        file.write_text(dump({**read_source(file).data, **links}, leading_comments(text)), encoding="utf-8")


def with_everything(folder: Path) -> Path:
    """Make a bundle that has all that the reference bundle has, and more of each kind, all in canonical form."""
    bundle = with_own_assets(folder)
    assets = bundle / "superset_assets"
    with_links(assets)
    own, names = dashboard_of_all_blocks()
    texts = {name: dump(tidy(name.split("/")[0], data, names)) for name, data in own.items()}
    texts["dashboards/round-trip"] = dump(
        {
            **tidy("dashboards", own["dashboards/round-trip"], names),
            "owners": ["dana"],
            "roles": ["Lakefront: Analyst"],
            "tags": ["all sorts"],
            "theme": "full",
        }
    )
    report = {**ALL_OF_AN_ALERT, "name": "Every month", "type": "Report", "dashboard": "round-trip"}
    of_alerts = ("chart", "database", "sql", "validator_type", "validator_config_json")
    texts |= {
        "themes/full": dump(_THEME),
        "css/full": dump(_CSS),
        "reports/all-of-an-alert": dump(ALL_OF_AN_ALERT),
        "reports/every-month": dump({key: value for key, value in report.items() if key not in of_alerts}),
    }
    for name, text in texts.items():
        (assets / f"{name}.yaml").write_text(text, encoding="utf-8")
    return bundle


def dashboard_of_all_blocks() -> tuple[dict[str, Data], Names]:
    """Return three charts and a dashboard with each kind of block and of reference, over the bundle's dataset."""
    bundle = read_bundle(ROOT / "superset_assets")
    chart = next(asset for asset in bundle.of("charts") if asset.slug == "sales-by-country").data
    model = {key: value for key, value in chart.items() if key not in OWN_KEYS}
    charts = {
        f"charts/round-{name}": {**model, "uuid": asset_uuid("chart", f"round-{name}"), "slice_name": f"Round {name}"}
        for name in ("one", "two", "three")
    }
    dataset = str(model["dataset_uuid"])
    everywhere = {"rootPath": ["ROOT_ID"], "excluded": []}
    region: dict[str, Any] = {"datasetUuid": dataset, "column": {"name": "region"}}
    dashboard: Data = {
        "version": "1.0.0",
        "uuid": asset_uuid("dashboard", "round-trip"),
        "dashboard_title": 'Round trip: größer & "schöner"',
        "slug": "round-trip",
        "css": ".a {\n  color: red;\n}\n",
        "layout": [
            {
                "tabs": [
                    {
                        "tab": "First",
                        "layout": [
                            {"header": "Top", "size": "LARGE_HEADER", "background": "BACKGROUND_WHITE"},
                            {
                                "height": 40,
                                "row": [
                                    {"chart": "round-one", "name": "Called otherwise", "width": 4},
                                    {"markdown": "# no: *text*\n\n- yes\n", "width": 2},
                                    {
                                        "width": 6,
                                        "column": [{"chart": "round-two", "height": 20}, {"divider": True}],
                                    },
                                ],
                            },
                            {"tabs": [{"tab": "Inner", "layout": [{"chart": "round-three", "height": 50}]}]},
                        ],
                    },
                    {"tab": "Second"},
                ]
            }
        ],
        "metadata": {
            "native_filter_configuration": [
                {"id": "NATIVE_FILTER-time", "name": "Time", "filterType": "filter_time"},
                {
                    "id": "NATIVE_FILTER-region",
                    "name": "Region",
                    "filterType": "filter_select",
                    "cascadeParentIds": ["NATIVE_FILTER-time"],
                    "controlValues": {"multiSelect": True},
                    "scope": {"rootPath": ["TAB-first-inner"], "excluded": ["round-two"]},
                    "targets": [region],
                },
            ],
            "chart_configuration": {
                "round-one": {"crossFilters": {"scope": {**everywhere, "excluded": ["round-two"]}}}
            },
            "global_chart_configuration": {"scope": {"excluded": ["round-three"]}},
            "expanded_slices": {"round-two": True},
            "timed_refresh_immune_slices": ["round-three"],
            "cross_filters_enabled": False,
            "refresh_frequency": 60,
        },
    }
    return {**charts, "dashboards/round-trip": dashboard}, names_of_files(charts)
