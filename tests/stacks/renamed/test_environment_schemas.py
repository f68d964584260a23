"""A stack whose environment gives schemas other names: sample, metrics, policies, audit and Superset."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import pytest

from lakefront.media.query import AssetFilter, count
from lakefront.semantic.ask import Semantic
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.apply import apply, plan
from lakefront.superset.archive import unpack_export
from lakefront.superset.client import SupersetClient
from lakefront.superset.pull import Choice, pull
from lakefront.trino import Trino
from lakefront.versions.steps import Action
from tests.stacks.renamed.conftest import ORDERS
from tests.support.own_stack import OwnStack
from tests.support.superset import Visitor, messages
from tests.support.waiting import wait_for

# The sample is made, and Superset prepared, within the first test.
pytestmark = pytest.mark.timeout(2400)

REVENUE = "SELECT sum(net_amount) FROM x_sales.order_items WHERE status <> 'cancelled'"
ALERT = "Sales: no orders yesterday"


@pytest.fixture
def stack(renamed: OwnStack) -> OwnStack:
    return renamed


def _quiet(_text: str) -> None:
    """Take what is reported."""


def _exported(stack: OwnStack) -> dict[str, dict[str, Any]]:
    with SupersetClient.from_settings(stack.settings) as client:
        return {asset.uuid: dict(asset.data) for asset in unpack_export(client.export_assets())}


def _service(stack: OwnStack) -> Trino:
    return Trino.from_settings(stack.settings, source="tests")


def test_the_lake_has_the_environments_schemas_only(stack: OwnStack) -> None:
    found = {row[0] for row in _service(stack).query("SHOW SCHEMAS FROM iceberg").rows}
    ours = {f"x_{name}" for name in ("sales", "analytics", "markets", "governance", "media", "rollups")}
    assert found == {*ours, "campaigns_here", "information_schema", "system"}
    assert count(_service(stack), AssetFilter()) > 0


def test_metrics_are_asked_of_them(stack: OwnStack) -> None:
    shown = stack.lakefront("semantic", "query", "--metric", "orders", "--format", "json")
    assert shown.returncode == 0, shown.stderr
    placed = "SELECT count(DISTINCT order_id) FROM x_sales.order_items WHERE status <> 'cancelled'"
    assert json.loads(shown.stdout) == [{"orders": _service(stack).query(placed).scalar()}]
    direct = _service(stack).query(REVENUE).scalar()
    assert Semantic(stack.settings).query("revenue", rollups="never").rows == [(direct,)]
    by_rollup = Semantic(stack.settings).query("revenue", "order_date.month")
    assert '"x_rollups"' in by_rollup.sql
    assert sum(row[1] for row in by_rollup.rows) == direct


def test_policies_hold_there(stack: OwnStack) -> None:
    masked = stack.trino("ana").query("SELECT count(DISTINCT email) FROM x_sales.customers WHERE email LIKE '%@%'")
    everything = stack.trino("admin").query(
        "SELECT count(DISTINCT email) FROM x_sales.customers WHERE email LIKE '%@%'"
    )
    assert masked.scalar() < everything.scalar()
    keys = "SELECT count(*) FROM x_governance.mask_keys"
    assert _service(stack).query(keys).scalar() == 1
    explained = stack.lakefront("policy", "explain", "--user", "ana", "--table", "sales.customers")
    assert (explained.returncode, "may ask x_sales.customers" in explained.stderr) == (0, True), explained.stderr


def test_who_asked_is_answered_by_the_bundles_names_too(stack: OwnStack) -> None:
    stack.trino("ana").query("SELECT count(order_id) FROM x_sales.orders")

    def told() -> bool:
        said = stack.lakefront("audit", "who", "sales.orders", "--format", "json")
        return said.returncode == 0 and "ana" in {row["user"] for row in json.loads(said.stdout)}

    wait_for(told, within=120, what="the query of ana in the audit")


def test_a_plan_after_an_apply_is_empty(stack: OwnStack) -> None:
    shown = stack.lakefront("superset", "plan")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert plan(stack.settings, _quiet).empty


def test_superset_is_told_the_environments_names(stack: OwnStack) -> None:
    live = _exported(stack)
    assert 'FROM "x_sales"."order_items" AS "order_items"' in live[asset_uuid("dataset", "sales")]["sql"]
    assert live[ORDERS]["schema"] == "x_sales"
    with SupersetClient.from_settings(stack.settings) as client:
        alerts = client.rows("/report/", order="name", columns=("id", "name"))
        number = next(row["id"] for row in alerts if row["name"] == ALERT)
        assert "FROM x_sales.orders\n" in client.one(f"/report/{number}")["sql"]


def test_a_chart_shows_what_trino_has(stack: OwnStack) -> None:
    direct = _service(stack).query(REVENUE).scalar()
    with SupersetClient.from_settings(stack.settings) as client:
        ids = client.ids("dataset")
    with contextlib.closing(Visitor(stack.settings, "ana")) as ana:
        answer = ana.chart_data(ids[asset_uuid("dataset", "sales")], {"columns": [], "metrics": ["revenue"]})
        assert answer.status_code == 200, messages(answer)
        assert float(answer.json()["result"][0]["data"][0]["revenue"]) == pytest.approx(float(direct))
    with contextlib.closing(Visitor(stack.settings, "admin")) as admin:
        answer = admin.chart_data(ids[ORDERS], {"columns": [], "metrics": ["rows"]})
        assert answer.status_code == 200, messages(answer)
        orders = _service(stack).query("SELECT count(*) FROM x_sales.orders").scalar()
        assert answer.json()["result"][0]["data"] == [{"rows": orders}]
        assert orders > 0


def test_what_reads_other_schemas_is_drift_even_where_it_is_gits_text(stack: OwnStack) -> None:
    git = (stack.bundle / "superset_assets" / "reports" / "sales-no-orders-yesterday.yaml").read_text(encoding="utf-8")
    with SupersetClient.from_settings(stack.settings) as client:
        alerts = client.rows("/report/", order="name", columns=("id", "name"))
        number = next(row["id"] for row in alerts if row["name"] == ALERT)
        ours = client.one(f"/report/{number}")["sql"]
        edited = ours.replace("x_sales", "sales")
        assert edited.splitlines()[1].strip() in git
        client.put(f"/report/{number}", {"sql": edited})
        (step,) = plan(stack.settings, _quiet).steps
        assert (step.action, [change.path for change in step.fields]) == (Action.DRIFT, ["sql"])
        assert apply(stack.settings, _quiet).changed
        assert client.one(f"/report/{number}")["sql"] == ours


def test_an_edit_comes_back_into_git_with_the_bundles_names(stack: OwnStack) -> None:
    with SupersetClient.from_settings(stack.settings) as client:
        alerts = client.rows("/report/", order="name", columns=("id", "name"))
        number = next(row["id"] for row in alerts if row["name"] == ALERT)
        ours = client.one(f"/report/{number}")["sql"]
        client.put(f"/report/{number}", {"sql": f"{ours} AND order_id IN (SELECT order_id FROM x_sales.order_items)"})
        pulled = pull(stack.settings, Choice(), _quiet, write=True)
        (file,) = pulled.files
        assert file.name.endswith("reports/sales-no-orders-yesterday.yaml")
        assert "IN (SELECT order_id FROM sales.order_items)" in re.sub(r"\s+", " ", file.after)
        assert "x_sales" not in file.after
        assert plan(stack.settings, _quiet).empty
