"""Two fresh Supersets and one git: what the files say is what both have, and what a person made on one is on both."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import Settings, load_settings
from lakefront.semantic.source import read_source
from lakefront.superset.client import Kind, SupersetClient
from lakefront.superset.look import access_changes, files_read_aside, look
from lakefront.superset.plan import Plan
from lakefront.superset.text import dump, leading_comments
from lakefront.trino import Trino
from tests.support.bundles import with_own_assets
from tests.support.cli import ROOT, command, environ, lakefront
from tests.support.full_bundle import with_everything
from tests.support.superset import Visitor
from tests.support.superset_access import access_texts

pytestmark = pytest.mark.stack

ALL_KINDS = {"databases", "datasets", "charts", "dashboards", "themes", "css", "reports", "roles", "groups", "rls"}


@dataclass(frozen=True)
class Seen:
    """A server at one moment. `texts`: name of file -> canonical text of what the server has."""

    texts: dict[str, str]
    plan: Plan

    def assert_is(self, git: dict[str, str]) -> None:
        """Fail where it differs from files by one byte, or where there is anything to do."""
        assert {name: text for name, text in self.texts.items() if text != git[name]} == {}
        assert self.texts.keys() == git.keys()
        assert (self.plan.steps, self.plan.access) == ((), ())


@dataclass(frozen=True)
class Server:
    """A Superset of its own, whose lake is the running stack's."""

    home: Path
    trino: str

    @property
    def environ(self) -> dict[str, str]:
        return {"LAKEFRONT_TRINO_URL": self.trino}

    def settings(self, bundle: Path) -> Settings:
        return load_settings(bundle=bundle, home=self.home, environ=self.environ)

    def client(self, bundle: Path = ROOT) -> SupersetClient:
        return SupersetClient.from_settings(self.settings(bundle), timeout=180)

    def lakefront(self, bundle: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return lakefront("--bundle", str(bundle), *arguments, home=self.home, env=self.environ)

    def superset(self, bundle: Path, *arguments: str) -> str:
        """Run `lakefront superset ...`, which must succeed; return what it prints."""
        done = self.lakefront(bundle, "superset", *arguments)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def seen(self, bundle: Path) -> Seen:
        """Return what the server has of what the bundle names, and what an apply would do."""
        folder, settings = bundle / "superset_assets", self.settings(bundle)
        with files_read_aside(settings) as reading, self.client(bundle) as client:
            found = look(settings, client, reading, lambda _: None)
            there = found.there.values()
            texts = {entry.name: dump(entry.data, _comments(folder / entry.name)) for entry in there}
            texts |= access_texts(client, folder, keep=settings.env.superset_user)
            return Seen(texts, found.plan(access_changes(found, client)))

    def ids(self, kind: Kind) -> dict[str, int]:
        with self.client() as client:
            return client.ids(kind)


def _comments(file: Path) -> str:
    return leading_comments(file.read_text(encoding="utf-8"))


def _files(bundle: Path) -> dict[str, str]:
    """Return name -> text of every file of the bundle's assets."""
    folder = bundle / "superset_assets"
    files = sorted(folder.rglob("*.yaml"))
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}


def _start(server: Server, bundle: Path) -> subprocess.Popen[str]:
    """Start a Superset that has nothing yet. `up` applies the bundle, as for everybody who clones it."""
    arguments = ("--bundle", str(bundle), "up", "--only", "superset", "--ports", "auto", "--no-seed")
    return subprocess.Popen(
        command(*arguments, home=server.home),
        cwd=ROOT,
        env=environ(server.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository's bundle."""
    return with_own_assets(tmp_path_factory.mktemp("reference") / "bundle")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with more of each kind of file."""
    return with_everything(tmp_path_factory.mktemp("everything") / "bundle")


@pytest.fixture(scope="module")
def servers(
    stack: Settings, reference: Path, everything: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Two Supersets that were started empty: one has got the reference bundle, the other the one with everything."""
    folder, trino = tmp_path_factory.mktemp("servers"), stack.service("trino").url
    first, second = Server(folder / "first", trino), Server(folder / "second", trino)
    try:
        running = [_start(first, reference), _start(second, everything)]
        said = [process.communicate(timeout=900)[0] for process in running]
        assert [process.returncode for process in running] == [0, 0], "\n".join(said)
        yield first, second
    finally:
        for server in (first, second):
            server.lakefront(ROOT, "down")


def test_git_and_two_servers_are_the_same_byte_for_byte(
    servers: tuple[Server, Server], reference: Path, everything: Path
) -> None:
    first, second = servers
    first.seen(reference).assert_is(_files(reference))
    # The one comes to it in two steps, the other got all at once: numbers differ, what is there does not.
    first.superset(everything, "apply")
    assert first.ids("chart") != second.ids("chart")
    git = _files(everything)
    assert {name.split("/")[0] for name in git} == ALL_KINDS
    for server in servers:
        server.seen(everything).assert_is(git)


# --- What a person made ----------------------------------------------------------------------------------------------

#: As SQL Lab saves it: over a table of the lake, and called as people write.
ORDERS_PER_DAY = "SELECT order_date, region, count(*) AS pieces\nFROM sales.orders\nGROUP BY order_date, region\n"


#: The stack of these tests has no sample data.
ORDERS = """CREATE TABLE sales.orders AS
SELECT orderdate AS order_date, if(custkey % 2 = 0, 'EU', 'US') AS region FROM tpch.tiny.orders"""


@pytest.fixture
def orders(stack: Settings) -> Iterator[None]:
    """The table that the person's dataset asks, with some rows."""
    trino = Trino.from_settings(stack, source="lakefront-tests")
    if trino.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'sales'").rows:
        yield  # a developer's stack, with the sample's table
        return
    trino.query("CREATE SCHEMA sales")
    trino.query(ORDERS)
    yield
    trino.query("DROP SCHEMA sales CASCADE")


def _make_by_hand(server: Server) -> None:
    """Make a dashboard as Superset's pages do.

    A dataset of its own SQL; two charts, of which one asks a dataset of the bundle; tabs with rows; a native filter
    that does not reach one of the charts. Numbers and random keys stand where the pages put them.
    """
    with server.client() as client:
        database = next(asset.id for asset in client.assets("database") if asset.title == "Lakehouse")
        body = {"database": database, "table_name": "Orders per day", "schema": "sales", "sql": ORDERS_PER_DAY}
        own = int(client.post("/dataset/", body)["id"])
        sales = next(asset.id for asset in client.assets("dataset") if asset.title == "sales")
        owners = [row["id"] for row in client.rows("/security/users/") if row["username"] == "dana"]
        dashboard = int(client.post("/dashboard/", {"dashboard_title": "Dana's day", "owners": owners})["id"])
        count = {"expressionType": "SIMPLE", "aggregate": "SUM", "column": {"column_name": "pieces"}, "label": "Pieces"}
        by_day = {"x_axis": "order_date", "time_grain_sqla": "P1M", "metrics": [count], "groupby": ["region"]}
        line = {**by_day, "viz_type": "echarts_timeseries_line", "datasource": f"{own}__table"}
        number = {"metric": "revenue", "viz_type": "big_number_total", "datasource": f"{sales}__table"}
        charts = [
            _chart(client, "Orders by day", line, dashboard, owners),
            _chart(client, "All revenue", number, dashboard, owners),
        ]
        uuids = {asset.id: asset.uuid for asset in client.assets("chart")}
        metadata = {
            "chart_configuration": {
                str(chart): {"id": chart, "crossFilters": {"scope": "global", "chartsInScope": [other]}}
                for chart, other in (charts, charts[::-1])
            },
            "global_chart_configuration": {"scope": {"rootPath": ["ROOT_ID"], "excluded": []}, "chartsInScope": charts},
            "native_filter_configuration": [_region_filter(own, excluded=charts[1], reached=charts[0])],
            "color_scheme": "lakefront",
            "shared_label_colors": [],
            "map_label_colors": {"EU": "#E69F00"},
            "refresh_frequency": 0,
            "cross_filters_enabled": True,
            "positions": _tabs({chart: uuids[chart] for chart in charts}),
        }
        client.put(f"/dashboard/{dashboard}", {"json_metadata": json.dumps(metadata)})


def _chart(client: SupersetClient, title: str, params: dict[str, Any], dashboard: int, owners: list[int]) -> int:
    """Save a chart as its page does, with the query that the page derived."""
    dataset = int(params["datasource"].removesuffix("__table"))
    form = {**params, "extra_form_data": {}, "dashboards": [], "annotation_layers": []}
    context = {"datasource": {"id": dataset, "type": "table"}, "force": False, "queries": [{}], "form_data": form}
    body = {
        "slice_name": title,
        "viz_type": params["viz_type"],
        "params": json.dumps(form),
        "query_context": json.dumps(context),
        "datasource_id": dataset,
        "datasource_type": "table",
        "dashboards": [dashboard],
        "owners": owners,
    }
    return int(client.post("/chart/", body)["id"])


def _region_filter(dataset: int, *, excluded: int, reached: int) -> dict[str, Any]:
    return {
        "id": "NATIVE_FILTER-8VkZ3fQx_dW2aTqYb1c0e",
        "name": "Region",
        "filterType": "filter_select",
        "type": "NATIVE_FILTER",
        "description": "",
        "targets": [{"datasetId": dataset, "column": {"name": "region"}}],
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "controlValues": {"enableEmptyFilter": False, "multiSelect": True, "searchAllOptions": False},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": [excluded]},
        "chartsInScope": [reached],
        "tabsInScope": ["TAB-Xa8_kQ2mZp"],
    }


def _tabs(charts: dict[int, str]) -> dict[str, Any]:
    """Return the position that the page has for two tabs with a chart in a row each."""
    blocks: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["TABS-3nQf_w8Lz"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": "Dana's day"}},
        "TABS-3nQf_w8Lz": {
            "type": "TABS",
            "id": "TABS-3nQf_w8Lz",
            "children": ["TAB-Xa8_kQ2mZp", "TAB-0bR5tYw-1d"],
            "parents": ["ROOT_ID"],
            "meta": {},
        },
    }
    above = ["ROOT_ID", "TABS-3nQf_w8Lz"]
    for tab, title, chart in zip(("TAB-Xa8_kQ2mZp", "TAB-0bR5tYw-1d"), ("Days", "In all"), charts, strict=True):
        row, block = f"ROW-{chart}xK_9", f"CHART-explore-{chart}-1"
        blocks[tab] = {
            "type": "TAB",
            "id": tab,
            "children": [row],
            "parents": above,
            "meta": {"text": title, "defaultText": "Tab title", "placeholder": "Tab title"},
        }
        blocks[row] = {
            "type": "ROW",
            "id": row,
            "children": [block],
            "parents": [*above, tab],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        blocks[block] = {
            "type": "CHART",
            "id": block,
            "children": [],
            "parents": [*above, tab, row],
            "meta": {"chartId": chart, "width": 8, "height": 50, "sliceName": title, "uuid": charts[chart]},
        }
    return blocks


def _told(server: Server, bundle: Path, names: Iterable[str], *options: str) -> dict[str, set[str]]:
    """Return name -> the codes that `validate` tells of these files."""
    done = server.lakefront(bundle, "superset", "validate", "--format", "json", *options)
    problems = json.loads(done.stdout)
    told = {name: {item["code"] for item in problems if f"/{name}:" in item["where"]} for name in names}
    return {name: codes for name, codes in told.items() if codes}


def _add(file: Path, **keys: str) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(dump({**read_source(file).data, **keys}, leading_comments(text)), encoding="utf-8")


def _pieces(server: Server, bundle: Path) -> list[dict[str, Any]]:
    """Return what the chart of the person's own dataset shows."""
    settings = server.settings(bundle)
    with server.client(bundle) as client:
        dataset = next(asset.id for asset in client.assets("dataset") if asset.title == "Orders per day")
    visitor = Visitor(settings, settings.env.superset_user)
    metric = {"expressionType": "SIMPLE", "aggregate": "SUM", "column": {"column_name": "pieces"}, "label": "Pieces"}
    answer = visitor.chart_data(dataset, {"columns": ["region"], "metrics": [metric], "orderby": [["region", True]]})
    visitor.close()
    assert answer.status_code == 200, answer.text
    return list(answer.json()["result"][0]["data"])


@pytest.mark.usefixtures("orders")
def test_a_dashboard_that_a_person_made_comes_into_git_and_onto_another_server(
    servers: tuple[Server, Server], everything: Path, tmp_path: Path
) -> None:
    first, second = servers
    bundle = shutil.copytree(everything, tmp_path / "bundle", symlinks=True)
    folder = bundle / "superset_assets"
    first.superset(bundle, "apply")
    _make_by_hand(first)

    before = _files(bundle)
    patch = first.superset(bundle, "pull", "Dana's day", "--new")
    new = sorted(_files(bundle).keys() - before.keys())
    revenue, orders, dashboard, dataset = new
    assert new == [
        "charts/all-revenue.yaml",
        "charts/orders-by-day.yaml",
        "dashboards/dana-s-day.yaml",
        "datasets/lakehouse/orders-per-day.yaml",
    ]
    assert {name: text for name, text in _files(bundle).items() if name in before} == before
    assert all(f"+++ b/superset_assets/{name}" in patch for name in new)
    first.seen(bundle).assert_is(_files(bundle))

    # It says what a file needs that a page does not ask for.
    told = _told(first, bundle, new, "--no-schemas")
    unsaid = {"asset-description", "asset-not-certified"}
    assert told == {
        revenue: unsaid,
        orders: unsaid,
        dashboard: {*unsaid, "asset-missing-key", "asset-no-time-filter"},
        dataset: {"asset-description"},
    }
    certified = {"certified_by": "Dana", "certification_details": "She looks at it every day"}
    _add(folder / dataset, description="Pieces sold, by day and region.")
    _add(folder / revenue, description="Revenue of all time in USD.", **certified)
    # Its metric is the person's own: nobody can vouch for the chart before the semantic layer has it.
    _add(folder / orders, description="Pieces sold by month and region.")
    _add(folder / dashboard, description="What Dana looks at.", slug="dana-s-day", **certified)
    assert _told(first, bundle, new) == {orders: {"asset-not-certified"}, dashboard: {"asset-no-time-filter"}}

    git = _files(bundle)
    for server in servers:
        server.superset(bundle, "apply")
        server.seen(bundle).assert_is(git)
    shown = _pieces(first, bundle)
    assert len(shown) > 1
    assert _pieces(second, bundle) == shown
