"""A chart of every type that `lakefront superset new` makes, on its dashboards: each is drawn in a browser."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from lakefront.config import Settings, load_settings
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.apply import apply
from lakefront.superset.bundle import read_bundle
from lakefront.superset.client import SupersetClient
from lakefront.superset.control_defaults import defaults_of
from lakefront.superset.new import VIZ_TYPES, new_chart, new_dashboard, write_new
from lakefront.superset.pull import Choice, pull
from lakefront.versions.edits import FileEdit
from tests.browser.journeys import sign_in, wait_for_charts
from tests.support.bundles import with_own_assets
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.browser]

#: Of each type: its metrics, the columns that it is split by.
CHARTS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "echarts_timeseries_line": (("revenue",), ("region",)),
    "echarts_timeseries_bar": (("revenue",), ("region",)),
    "echarts_timeseries_smooth": (("revenue", "gross_profit"), ()),
    "echarts_timeseries_step": (("units",), ("region",)),
    "echarts_timeseries_scatter": (("orders",), ("region",)),
    "echarts_area": (("revenue",), ("category",)),
    "mixed_timeseries": (("revenue", "return_rate"), ()),
    "pivot_table_v2": (("revenue",), ("category", "region")),
    "big_number_total": (("revenue",), ()),
    "big_number": (("orders",), ()),
    "table": (("revenue", "orders"), ("country",)),
    "pie": (("revenue",), ("region",)),
    "funnel": (("units",), ("status",)),
    "treemap_v2": (("revenue",), ("category", "brand")),
    "gauge_chart": (("orders",), ("region",)),
    "sunburst_v2": (("revenue",), ("region", "country")),
    "heatmap_v2": (("revenue",), ("region", "category")),
    "histogram_v2": ((), ("quantity",)),
    "waterfall": (("revenue",), ("region",)),
    "sankey_v2": (("revenue",), ("region", "category")),
    "bubble_v2": (("revenue", "orders", "units"), ("brand", "category")),
    "box_plot": (("revenue",), ("order_date", "region")),
    "word_cloud": (("revenue",), ("brand",)),
    "handlebars": (("revenue",), ("region",)),
}
#: Who owns the charts, and so may change them.
EDITOR: Final = "dana"
#: What is drawn as a document and not as a picture, and what of it holds data.
DOCUMENTS: Final = {
    "pivot_table_v2": "td.pvtVal",
    "big_number_total": ".header-line",
    "table": "tbody tr td",
    "word_cloud": "svg text",
}
#: Whose titles `make test` changes: of each way in which the page of a chart writes down what it was drawn with. Types
#: that are drawn by the same part of Superset with other settings write these down in the same way.
RENAMED: Final = ["echarts_timeseries_line", "mixed_timeseries", "pivot_table_v2", "big_number", "table", "pie"]
#: So many on a dashboard, as somebody would have it: more at once wait for each other.
PAGES: Final = [list(CHARTS)[start : start + 6] for start in range(0, len(CHARTS), 6)]
#: The number of pixels of a chart's canvases in a colour: axes, their labels and empty charts are grey.
_COLOURED = """
(chart) => [...chart.querySelectorAll('canvas')].reduce((sum, canvas) => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < data.length; i += 4) {
        const [low, high] = [Math.min(data[i], data[i + 1], data[i + 2]), Math.max(data[i], data[i + 1], data[i + 2])];
        if (data[i + 3] > 0 && high - low > 60) sum += 1;
    }
    return sum;
}, 0)
"""


#: Cold caches on a busy machine, and six questions at once.
_PATIENCE_MS: Final = 180_000


def _title(viz_type: str) -> str:
    return _slug(viz_type).replace("-", " ").capitalize()


def _numbers(settings: Settings) -> dict[str, int]:
    with SupersetClient.from_settings(settings) as client:
        return client.ids("chart")


def _slug(viz_type: str) -> str:
    return f"new-{viz_type.replace('_', '-')}"


def _dashboard(page: int) -> str:
    return f"new-charts-{page}"


@pytest.fixture(scope="module")
def new_charts(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A bundle with a new chart of each type on dashboards, all of it applied; it is gone afterwards."""
    bundle = with_own_assets(tmp_path_factory.mktemp("new") / "bundle")
    settings = load_settings(bundle=bundle, home=stack.home.root, environ=stack.environ)
    folder = settings.part("superset_assets")
    reference = read_bundle(folder)
    for viz_type, (metrics, by) in CHARTS.items():
        slug = _slug(viz_type)
        data = new_chart(reference, viz_type, slug, dataset="sales", metrics=metrics, by=by)
        write_new(folder, f"charts/{slug}.yaml", {**data, "owners": [EDITOR]})
    drawn = read_bundle(folder)
    for number, viz_types in enumerate(PAGES):
        slug = _dashboard(number)
        data = new_dashboard(drawn, slug, f"New charts {number}", [_slug(viz_type) for viz_type in viz_types])
        write_new(folder, f"dashboards/{slug}.yaml", {**data, "owners": [EDITOR], "published": True})
    try:
        apply(settings, lambda _: None)
        yield settings
    finally:
        apply(stack, lambda _: None)


def _form(request: Request) -> dict[str, set[str]]:
    """Return type -> names of the parameters with which a chart is drawn, of a request for its data."""
    if "/api/v1/chart/data?form_data" not in request.url:
        return {}
    form = request.post_data_json["form_data"]
    return {form["viz_type"]: set(form)}


def _coloured(chart: Locator) -> int:
    return int(chart.evaluate(_COLOURED))


def _drawn(chart: Locator, viz_type: str) -> bool:
    if viz_type in DOCUMENTS:
        return any(text.strip() for text in chart.locator(DOCUMENTS[viz_type]).all_text_contents())
    return _coloured(chart) > 200


def test_there_is_one_of_every_type() -> None:
    assert CHARTS.keys() == VIZ_TYPES.keys()


@pytest.mark.parametrize("number", range(len(PAGES)))
def test_new_charts_are_drawn(page: Page, new_charts: Settings, number: int, tmp_path: Path) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda got: problems.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    asked: dict[str, set[str]] = {}
    page.on("request", lambda got: asked.update(_form(got)))
    page.set_viewport_size({"width": 1440, "height": 1700})  # charts are drawn when they come into view
    sign_in(page, new_charts)
    page.goto(f"{new_charts.service('superset').url}/superset/dashboard/{_dashboard(number)}/")
    wait_for_charts(page, len(PAGES[number]), within_ms=_PATIENCE_MS)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("text=/Data error|Unexpected error|No results|No data/")).to_have_count(0)
    for viz_type in PAGES[number]:
        chart = page.locator(f"[data-test='chart-grid-component'][data-test-chart-name='{_title(viz_type)}']")
        expect(chart).to_have_count(1)
        # Its own test is below.
        if viz_type != "handlebars":
            wait_for(lambda chart=chart, kind=viz_type: _drawn(chart, kind), what=f"{viz_type} being drawn")
    page.screenshot(path=tmp_path / "new-charts.png")
    assert problems == []
    # What the files leave out is filled in by the dashboard, else it would mean something else.
    for viz_type in PAGES[number]:
        # A mixed chart posts the form of its first query only.
        missing = defaults_of(viz_type).keys() - asked[viz_type]
        assert {name for name in missing if not name.endswith("_b")} == set(), viz_type


def test_handlebars_needs_a_server_that_lets_pages_compile(browser: Browser, new_charts: Settings) -> None:
    number = _numbers(new_charts)[asset_uuid("chart", _slug("handlebars"))]
    shown: dict[bool, list[str]] = {}
    for allowed in (False, True):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=allowed)
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        sign_in(page, new_charts)
        page.goto(f"{new_charts.service('superset').url}/explore/?slice_id={number}&standalone=1")
        page.locator("text=/unsafe-eval|revenue/").first.wait_for()
        shown[allowed] = page.locator("li", has_text="revenue").all_inner_texts()
        context.close()
    assert shown[False] == [], "the local stack's pages run no code that was made of text"
    assert len(shown[True]) == 5, shown


@pytest.fixture(scope="module")
def by_hand() -> dict[str, list[str]]:
    """What has been changed by hand so far: file -> its lines that differ."""
    return {}


@pytest.mark.parametrize(
    "viz_types",
    [
        pytest.param(RENAMED, id="one of each way of being drawn"),
        pytest.param([name for name in CHARTS if name not in RENAMED], id="all others", marks=pytest.mark.long),
    ],
)
def test_a_chart_s_title_that_is_changed_by_hand_comes_into_git_as_one_line(
    page: Page, new_charts: Settings, by_hand: dict[str, list[str]], viz_types: list[str]
) -> None:
    page.set_default_timeout(_PATIENCE_MS)
    sign_in(page, new_charts, EDITOR)
    numbers = _numbers(new_charts)
    for viz_type in viz_types:
        _rename(page, new_charts, numbers[asset_uuid("chart", _slug(viz_type))], f"By hand: {viz_type}")
        by_hand[f"superset_assets/charts/{_slug(viz_type)}.yaml"] = [
            f"-slice_name: {_title(viz_type)}",
            f"+slice_name: 'By hand: {viz_type}'",
        ]
    assert _pulled(new_charts) == by_hand


def test_a_dashboard_s_title_that_is_changed_by_hand_comes_into_git_as_one_line(
    page: Page, new_charts: Settings, by_hand: dict[str, list[str]]
) -> None:
    page.set_default_timeout(_PATIENCE_MS)
    sign_in(page, new_charts, EDITOR)
    page.goto(f"{new_charts.service('superset').url}/superset/dashboard/{_dashboard(0)}/")
    page.locator("[data-test='edit-dashboard-button']").click()
    _type_title(page, "Dashboard by hand")
    _save(page, "dashboard", "header-save-button")
    by_hand[f"superset_assets/dashboards/{_dashboard(0)}.yaml"] = [
        "-dashboard_title: New charts 0",
        "+dashboard_title: Dashboard by hand",
    ]
    assert _pulled(new_charts) == by_hand


def _pulled(settings: Settings) -> dict[str, list[str]]:
    """Return what a pull would write, by file."""
    edits = pull(settings, Choice(), lambda _: None, write=False).files
    return {edit.name: _changed_lines(edit) for edit in edits}


def _rename(page: Page, settings: Settings, number: int, title: str) -> None:
    """Do as a person does: open a chart, type over its title, save, overwrite."""
    page.goto(f"{settings.service('superset').url}/explore/?slice_id={number}")
    # Before the chart is there the page takes no title.
    page.locator("[data-test='slice-container'], [role='alert']").first.wait_for()
    _type_title(page, title)
    page.locator("[data-test='query-save-button']").click()
    page.locator("[data-test='save-overwrite-radio']").click()
    _save(page, "chart", "btn-modal-save")


def _type_title(page: Page, title: str) -> None:
    box = page.locator("[data-test='editable-title-input']").first
    box.click()
    box.fill(title)
    box.press("Enter")


def _save(page: Page, kind: str, button: str) -> None:
    with page.expect_response(lambda got: got.request.method == "PUT" and f"/api/v1/{kind}/" in got.url) as saved:
        page.locator(f"[data-test='{button}']").click()
    assert saved.value.ok, saved.value.text()


def _changed_lines(edit: FileEdit) -> list[str]:
    lines = difflib.unified_diff(edit.before.splitlines(), edit.after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
