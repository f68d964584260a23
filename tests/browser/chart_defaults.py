"""`make chart-defaults`: read off Superset's pages what a chart of each type takes for what it leaves out.

The table is the toolkit's `superset/control_defaults.json`. It is read anew for a new version of Superset.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from playwright.sync_api import Page, Request, sync_playwright

from lakefront.config import Settings, load_settings
from lakefront.superset.client import SupersetClient
from lakefront.superset.control_defaults import FILE, packed
from lakefront.superset.viz_registry import REGISTERED
from tests.browser.journeys import log_in
from tests.support.chromium import ARGUMENTS, required_chromium
from tests.support.cli import ROOT

#: Two datasets with other columns: what differs between them depends on the dataset.
_DATASETS: Final = ("sales", "business_accounts")
#: Left out: what names the chart; what is left out of every chart anyway; the mode of a table, which Superset reads off
#: the columns where it is not said; and the grain of time, which Explore says and dashboards do not fill in.
_NOT_DEFAULTS: Final = frozenset(
    {"viz_type", "datasource", "extra_form_data", "annotation_layers", "url_params", "query_mode", "time_grain_sqla"}
)
#: The page of this type keeps nothing before its chart is made.
UNREAD: Final = frozenset({"deck_contour"})


def main() -> None:
    """Write the table."""
    settings = load_settings(bundle=ROOT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=required_chromium(), args=list(ARGUMENTS))
        page = browser.new_page()
        log_in(page, settings)
        found = read_defaults(page, settings, [name for name in REGISTERED if name not in UNREAD])
        browser.close()
    text = json.dumps(packed(found), indent=1, sort_keys=True, ensure_ascii=False)
    (ROOT / "src/lakefront/superset" / FILE).write_text(f"{text}\n", encoding="utf-8")


def read_defaults(page: Page, settings: Settings, viz_types: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return type -> parameter -> default, as the page of a new chart has it. The page must be logged in."""
    with SupersetClient.from_settings(settings) as client:
        numbers = {asset.title: asset.id for asset in client.assets("dataset")}
    result: dict[str, dict[str, Any]] = {}
    for viz_type in viz_types:
        one, other = (_form(page, settings, viz_type, numbers[dataset]) for dataset in _DATASETS)
        result[viz_type] = {
            name: value
            for name, value in one.items()
            if name not in _NOT_DEFAULTS and value is not None and name in other and other[name] == value
        }
    return result


def _form(page: Page, settings: Settings, viz_type: str, dataset: int) -> Mapping[str, Any]:
    """Return what the page of a new chart keeps: all of its controls that have a value."""
    address = f"{settings.service('superset').url}/explore/?viz_type={viz_type}&datasource_id={dataset}"
    with page.expect_request(_keeps_form, timeout=180_000) as kept:
        page.goto(f"{address}&datasource_type=table")
    return json.loads(kept.value.post_data_json["form_data"])


def _keeps_form(request: Request) -> bool:
    return request.method in ("POST", "PUT") and "/api/v1/explore/form_data" in request.url


if __name__ == "__main__":
    main()
