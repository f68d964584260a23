"""Trino's audit log in OpenSearch, on a stack of its own: `lakefront up --with ops`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import Any

import httpx
import psutil
import pytest

from lakefront.errors import LakefrontError
from lakefront.semantic import load_layer
from tests.support.bundles import without_policies
from tests.support.cli import ROOT, lakefront
from tests.support.own_stack import OwnStack
from tests.support.waiting import wait_for

PARTS = ("--only", "objects,catalog,trino", "--ports", "auto", "--no-seed")
LOG = "opensearch.default.trino_audit"


@dataclass(frozen=True)
class Stack(OwnStack):
    """One, and what it said while it had no OpenSearch."""

    asked_without: CompletedProcess[str]
    checked_without: CompletedProcess[str]
    joined: CompletedProcess[str]

    def rows(self, where: str) -> list[dict[str, Any]]:
        return self.trino("reader", "reading").query(f"SELECT * FROM {LOG} WHERE {where}").dicts()

    def await_rows(self, where: str, count: int = 1) -> list[dict[str, Any]]:
        """Return the rows of the log that a condition holds for, as soon as there are `count`."""
        wait_for(lambda: len(self.rows(where)) >= count, within=180, what=f"{count} rows with {where}")
        return self.rows(where)

    def opensearch(self) -> httpx.Client:
        return httpx.Client(base_url=self.settings.service("opensearch").url, timeout=30, trust_env=False)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that runs without OpenSearch first, and that OpenSearch joins then."""
    folder = tmp_path_factory.mktemp("operations")
    home, bundle = folder / "home", without_policies(folder / "bundle")
    chosen = ("--bundle", str(bundle))
    try:
        started = lakefront(*chosen, "up", *PARTS, home=home, timeout=600)
        assert started.returncode == 0, started.stderr
        asked = lakefront(*chosen, "semantic", "query", "--metric", "queries", home=home)
        checked = lakefront(*chosen, "quality", "run", "--dataset", "queries", "--no-store", home=home)
        joined = lakefront(*chosen, "up", *PARTS, "--with", "ops", home=home, timeout=600)
        assert joined.returncode == 0, joined.stderr
        yield Stack(bundle, home, asked, checked, joined)
    finally:
        lakefront(*chosen, "down", home=home)


def test_without_it_a_question_says_what_to_run(stack: Stack) -> None:
    assert (stack.asked_without.returncode, stack.asked_without.stdout) == (4, "")
    assert "opensearch does not run" in stack.asked_without.stderr
    assert "run `lakefront up --with ops`" in stack.asked_without.stderr


def test_without_it_its_quality_rules_are_skipped_and_counted(stack: Stack) -> None:
    assert stack.checked_without.returncode == 5
    assert "5 rules, 0 failed, 0 warnings, 5 skipped" in stack.checked_without.stderr
    assert "lakefront up --with ops" in stack.checked_without.stderr


def test_joining_a_running_stack_starts_trino_anew_and_nothing_else(stack: Stack) -> None:
    assert "trino: will be started anew" in stack.joined.stderr
    assert "objects: will be" not in stack.joined.stderr
    assert stack.component("opensearch")["ready"]
    assert stack.component("trino")["ready"]
    again = stack.lakefront("up", *PARTS, "--with", "ops")
    assert again.returncode == 0, again.stderr
    assert "started anew" not in again.stderr


def test_a_query_is_there_with_its_user_source_and_tables(stack: Stack) -> None:
    trino = stack.trino("ana", "sales-report")
    trino.query("CREATE SCHEMA IF NOT EXISTS iceberg.audited")
    trino.query("CREATE TABLE iceberg.audited.nations AS SELECT * FROM tpch.tiny.nation")
    joined = trino.query(
        "SELECT r.name, count(*) FROM iceberg.audited.nations AS n "
        "JOIN tpch.tiny.region AS r USING (regionkey) GROUP BY 1"
    )
    (row,) = stack.await_rows(f"query_id = '{joined.query_id}'")
    assert (row["user"], row["principal"], row["source"]) == ("ana", "ana", "sales-report")
    assert (row["query_state"], row["query_type"], row["error_code"]) == ("FINISHED", "SELECT", None)
    assert sorted(row["tables"]) == ["iceberg.audited.nations", "tpch.tiny.region"]
    assert "iceberg.audited.nations.regionkey" in row["columns"]
    assert row["query"].startswith("SELECT r.name, count(*)")
    assert (row["output_rows"], row["catalog"]) == (len(joined.rows), "iceberg")
    assert row["physical_input_bytes"] > 0
    assert row["create_time"] <= row["execution_start_time"] <= row["end_time"]
    lasted = (row["end_time"] - row["create_time"]).total_seconds() * 1000
    assert row["elapsed_ms"] == pytest.approx(lasted, abs=1)
    (made,) = stack.await_rows("\"user\" = 'ana' AND query_type = 'INSERT'")
    assert (made["written_table"], made["written_rows"]) == ("iceberg.audited.nations", 25)


def test_a_failed_query_is_counted_with_its_reason(stack: Stack) -> None:
    trino = stack.trino("ben")
    trino.query("SELECT 1")
    for wrong in ("SELECT nothing", "SELEKT"):
        with pytest.raises(LakefrontError):
            trino.query(wrong)
    rows = stack.await_rows("\"user\" = 'ben'", count=3)
    failed = {row["query"]: row["error_code"] for row in rows if row["query_state"] == "FAILED"}
    assert failed == {"SELECT nothing": "COLUMN_NOT_FOUND", "SELEKT": "SYNTAX_ERROR"}
    answer = stack.lakefront(
        *("semantic", "query", "-m", "queries", "-m", "failed_queries", "-m", "query_failure_share"),
        *("--by", "user", "--where", "user = 'ben'", "--format", "json"),
    )
    (told,) = json.loads(answer.stdout)
    assert (told["queries"], told["failed_queries"]) == (3, 2)
    assert told["query_failure_share"] == pytest.approx(2 / 3)


def test_the_metrics_are_what_a_direct_question_gives(stack: Stack) -> None:
    trino = stack.trino("carl", "metrics-test")
    for number in range(5):
        trino.query(f"SELECT count(*) FROM tpch.tiny.orders WHERE orderkey > {number}")
    rows = stack.await_rows("\"user\" = 'carl'", count=5)
    names = ("queries", "query_users", "query_cpu_time", "query_rows_read", "query_queued_time", "slow_queries")
    answer = stack.lakefront(
        *("semantic", "query", *(part for name in names for part in ("-m", name)), "--by", "create_time.day"),
        *("--where", "user = 'carl'", "--format", "json"),
    )
    (told,) = json.loads(answer.stdout)
    assert told["queries"] == len(rows) == 5
    assert told["query_users"] == 1
    assert told["query_cpu_time"] == sum(row["cpu_ms"] for row in rows)
    assert told["query_queued_time"] == sum(row["queued_ms"] for row in rows)
    assert told["query_rows_read"] == sum(row["physical_input_rows"] for row in rows) >= 15_000 * 5
    assert told["slow_queries"] == sum(row["elapsed_ms"] > 5000 for row in rows)


def test_the_types_are_those_of_the_model(stack: Stack) -> None:
    described = stack.trino("ana").query(
        "SELECT column_name, data_type FROM opensearch.information_schema.columns WHERE table_name = 'trino_audit'"
    )
    dataset = load_layer(ROOT / "semantic_layer").datasets["queries"]
    assert dict(described.rows) == {column.name: column.type for column in dataset.columns}


def test_the_stacks_own_questions_are_left_out(stack: Stack) -> None:
    stack.trino("ana", "lakefront-readiness").query("SHOW SCHEMAS FROM iceberg")
    disguised = stack.trino("eve", "lakefront-readiness").query("SELECT * FROM tpch.tiny.region")
    stack.await_rows(f"query_id = '{disguised.query_id}'")  # nobody hides by taking that name
    assert stack.rows("source = 'lakefront-readiness' AND query LIKE 'SHOW SCHEMAS%'") == []


def simulated(stack: Stack, event: dict[str, Any]) -> dict[str, Any]:
    with stack.opensearch() as client:
        answer = client.post("/_ingest/pipeline/trino-audit/_simulate", json={"docs": [{"_source": event}]})
    return answer.json()["docs"][0]["doc"]


def event(**changes: Any) -> dict[str, Any]:
    """An event with as little as Trino may send."""
    metadata = {"queryId": "q1", "query": "SELECT 1", "queryState": "FINISHED", "tables": []}
    times = {"createTime": "2026-10-31T23:59:59.999Z", "endTime": "2026-11-01T00:00:01.000Z"}
    return {"metadata": metadata, "context": {"user": "ana"}, "statistics": {}, **times, **changes}


def test_filters_and_masks_that_trino_put_on_are_kept(stack: Stack) -> None:
    names = {"catalog": "lake", "schema": "sales", "table": "customers"}
    columns = [{"column": "email", "mask": "'***'"}, {"column": "region"}]
    table = {**names, "filters": ["region = 'EU'"], "columns": columns}
    metadata = {"queryId": "q1", "query": "SELECT 1", "queryState": "FINISHED", "tables": [table, table]}
    made = simulated(stack, event(metadata=metadata))["_source"]
    assert made["tables"] == ["lake.sales.customers"]
    assert made["row_filters_applied"] == ["lake.sales.customers: region = 'EU'"]
    assert made["column_masks_applied"] == ["lake.sales.customers.email: '***'"]


def test_an_event_belongs_to_the_month_of_its_question_and_is_there_once(stack: Stack) -> None:
    address = "/trino-audit/_doc?pipeline=trino-audit&refresh=true"
    with stack.opensearch() as client:
        first, second = (client.post(address, json=event()) for _ in range(2))
    assert first.json()["_index"] == "trino-audit-2026.10"
    assert second.status_code == 409, "which Trino does not send again"
    (row,) = stack.rows("query_id = 'q1'")
    assert row["elapsed_ms"] == 1001


def test_an_event_of_another_shape_is_kept_as_text(stack: Stack) -> None:
    made = simulated(stack, {"metadata": {"queryId": "q2"}, "context": {"user": "ana"}, "news": [1, 2]})["_source"]
    assert (made["query_id"], made["user"]) == ("q2", "ana")
    assert made["audit_problem"]
    assert "news" in made["query"]
    assert "news" not in made


def test_it_listens_on_loopback_only(stack: Stack) -> None:
    process = psutil.Process(stack.component("opensearch")["pid"])
    listening = [item.laddr for item in process.net_connections(kind="inet") if item.status == psutil.CONN_LISTEN]
    assert stack.settings.ports["opensearch"] in {address.port for address in listening}
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


@pytest.mark.long
def test_killed_it_stops_no_query_and_misses_none(stack: Stack) -> None:
    before = stack.component("opensearch")
    psutil.Process(before["pid"]).kill()
    asked = stack.trino("dora").query("SELECT count(*) FROM tpch.tiny.nation")
    assert asked.scalar() == 25
    assert not stack.component("opensearch")["ready"]
    wait_for(lambda: stack.component("opensearch")["ready"], within=180, what="OpenSearch ready again")
    assert stack.component("opensearch")["restarts"] == before["restarts"] + 1
    (row,) = stack.await_rows("\"user\" = 'dora'")
    assert row["query_id"] == asked.query_id


@pytest.mark.long
def test_after_a_restart_the_log_is_there_and_what_is_too_old_is_not(stack: Stack) -> None:
    for number in range(3):
        stack.trino("kai").query(f"SELECT {number}")
    kept = stack.await_rows("\"user\" = 'kai'", count=3)
    with stack.opensearch() as client:
        client.put("/trino-audit-2020.01").raise_for_status()
    assert stack.lakefront("down").returncode == 0
    assert stack.component("opensearch")["state"] == "stopped"
    started = stack.lakefront("up", *PARTS, "--with", "ops")
    assert started.returncode == 0, started.stderr
    with stack.opensearch() as client:
        assert client.get("/trino-audit-2020.01").status_code == 404
    key = ("query_id", "create_time", "tables")
    again = stack.rows("\"user\" = 'kai'")
    assert sorted([row[name] for name in key] for row in again) == sorted([row[name] for name in key] for row in kept)


@pytest.mark.long
def test_without_it_again_trino_sends_nothing(stack: Stack) -> None:
    assert stack.lakefront("down").returncode == 0
    started = stack.lakefront("up", *PARTS)
    assert started.returncode == 0, started.stderr
    assert stack.component("opensearch") == {}
    with pytest.raises(LakefrontError) as caught:
        stack.rows("true")
    assert caught.value.code == "part-not-running"
