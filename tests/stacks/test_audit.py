"""Who asked what, on a stack of its own whose Trino obeys policies: recorded once, whatever is killed or away."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from lakefront.errors import LakefrontError
from lakefront.iceberg.catalog import connect
from lakefront.stack.audit.columns import TABLE
from lakefront.stack.audit.lake import MANY_FILES
from lakefront.stack.audit.table import AuditTable
from lakefront.stack.audit.upkeep import keep_up
from lakefront.stack.trino import COMPONENT as TRINO
from tests.support.cli import ROOT, lakefront
from tests.support.own_stack import OwnStack
from tests.support.waiting import wait_for

_TABLES = (
    "CREATE SCHEMA shop",
    """CREATE TABLE shop.customers AS SELECT * FROM (VALUES
       (BIGINT '1', 'petra', 'petra@example.com', '+49 30 555 0101', DATE '1980-05-06', 'EU',
        CAST(4 AS decimal(10,2))),
       (2, 'otto', NULL, NULL, NULL, 'US', 0))
       AS t (customer_id, full_name, email, phone, birth_date, region, credit)""",
    "CREATE TABLE shop.orders AS SELECT BIGINT '1' AS order_id, BIGINT '1' AS customer_id, 'EU' AS region",
)


class Stack(OwnStack):
    """One whose audit is read."""

    def rows(self, where: str) -> list[dict[str, Any]]:
        return self.trino("lakefront", "reading").query(f"SELECT * FROM {TABLE} WHERE {where}").dicts()

    def await_rows(self, where: str, count: int = 1) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []

        def are_there() -> bool:
            with contextlib.suppress(LakefrontError):  # while what was killed starts again, no table can be read
                found[:] = self.rows(where)
            return len(found) >= count

        wait_for(are_there, within=180, what=f"{count} rows with {where}")
        return found

    def audit(self, *arguments: str) -> list[dict[str, Any]]:
        done = self.lakefront("audit", *arguments, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def figures(self) -> dict[str, float]:
        text = httpx.get(f"{self.settings.service('audit').url}/metrics", timeout=30).text
        lines = (line.removeprefix("lakefront_audit_").split() for line in text.splitlines() if line[0] != "#")
        return {name: float(value) for name, value in lines}

    def spooled(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in (self.home / "data/audit/spool").iterdir())

    def ask(self, source: str, count: int) -> set[str]:
        return {self.trino("vic", source).query("SELECT count(*) FROM shop.orders").query_id for _ in range(count)}

    def assert_once(self, source: str, asked: set[str]) -> None:
        rows = self.await_rows(f"source = '{source}'", len(asked))
        assert sorted(row["query_id"] for row in rows) == sorted(asked)


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process that we started for as long as the block runs: it answers nobody and ends nothing."""
    process = psutil.Process(pid)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("audited")
    bundle, home = folder / "bundle", folder / "home"
    shutil.copytree(ROOT / "tests" / "data" / "policed", bundle)
    manifest = bundle / "lakefront.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "\n[audit]\nflush_seconds = 1\n", encoding="utf-8")
    parts = ("--only", "objects,catalog,audit,trino", "--ports", "auto", "--no-seed")
    try:
        started = lakefront("--bundle", str(bundle), "up", *parts, home=home, timeout=900)
        assert started.returncode == 0, started.stderr
        made = Stack(bundle, home)
        for statement in _TABLES:
            made.trino("lakefront", "loading").query(statement)
        built = made.lakefront("policy", "build")
        assert built.returncode == 0, built.stderr
        wait_for(lambda: _is_masked(made), within=180, what="the key of hashes")
        yield made
    finally:
        lakefront("--bundle", str(bundle), "down", home=home)


def _is_masked(stack: Stack) -> bool:
    with contextlib.suppress(LakefrontError):
        rows = stack.trino("ana", "waiting").query("SELECT email FROM shop.customers WHERE customer_id = 1").rows
        return len(rows) == 1 and rows[0][0] != "petra@example.com"
    return False


def test_it_is_light_and_listens_on_loopback_only(stack: Stack) -> None:
    shown = stack.component("audit")
    assert shown["ready"]
    assert shown["memory_mb"] < 400
    listening = [
        item.laddr
        for item in psutil.Process(shown["pid"]).net_connections(kind="inet")
        if item.status == psutil.CONN_LISTEN
    ]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", stack.settings.ports["audit"])]


def test_who_asked_with_which_filter_and_which_masks(stack: Stack) -> None:
    stack.trino("mia", "who").query("SELECT full_name, email FROM shop.customers")
    stack.trino("ana", "who").query("SELECT email FROM shop.customers")
    stack.trino("ana", "who").query("SELECT count(*) FROM (SELECT region FROM shop.customers)")
    stack.await_rows("source = 'who'", 3)
    by_user = {row["user"]: row for row in stack.audit("who", "customers") if row["user"] in ("mia", "ana")}
    assert by_user["mia"]["queries"] == 1
    (applied,) = by_user["mia"]["row_filters"]
    assert applied.startswith("iceberg.shop.customers: ((\"region\" IN ('EU')) AND")
    shown = stack.lakefront("audit", "who", "shop.customers", "--format", "csv").stdout
    assert '(""region"" IN (\'EU\'))' in shown
    assert "COALESCE" not in shown
    assert by_user["mia"]["column_masks"] == []
    assert "who" in by_user["ana"]["sources"]
    masks = {text.split(": ")[0].rsplit(".", 1)[1]: text for text in by_user["ana"]["column_masks"]}
    assert "SHA256" in masks["email"]
    assert set(masks) == {"email", "full_name", "phone", "birth_date", "credit"}
    readers = {row["user"]: row for row in stack.audit("who", "shop.customers", "--column", "email", "--since", "1h")}
    assert readers["mia"]["queries"] == 1
    assert readers["ana"]["queries"] < by_user["ana"]["queries"]
    assert stack.audit("who", "shop.customers", "--column", "phone") == []
    shown = stack.lakefront("audit", "who", "shop.customers", "--format", "markdown").stdout
    assert "| mia | 1 | " in shown
    assert "(\"region\" IN ('EU'))" in shown


def test_the_key_of_hashes_and_what_only_a_mask_reads_are_not_in_it(stack: Stack) -> None:
    rows = stack.await_rows("\"user\" = 'ana' AND state = 'FINISHED'")
    assert all(row["tables_read"] == ["iceberg.shop.customers"] for row in rows)
    key = connect(stack.settings).load_table("governance.mask_keys").scan().to_arrow()
    secret = key.column("mask_key").to_pylist()[0].hex()
    assert secret not in json.dumps(rows, default=str).lower()


def test_what_a_person_asked(stack: Stack) -> None:
    done = stack.trino("mia", "what").query("SELECT customer_id, region FROM shop.customers")
    with pytest.raises(LakefrontError):
        stack.trino("mia", "what").query("SELECT nothing FROM shop.customers")
    stack.await_rows("source = 'what'", 2)
    failed, asked = [row for row in stack.audit("what", "mia", "--since", "1h") if row["source"] == "what"]
    assert (failed["state"], failed["error_code"]) == ("FAILED", "COLUMN_NOT_FOUND")
    assert (asked["query_id"], asked["output_rows"]) == (done.query_id, 1)
    (row,) = stack.rows(f"query_id = '{done.query_id}'")
    assert set(row["columns_read"]) == {"iceberg.shop.customers.customer_id", "iceberg.shop.customers.region"}
    assert row["created_at"] <= row["started_at"] <= row["ended_at"] <= row["received_at"]
    assert row["total_ms"] == round((row["ended_at"] - row["created_at"]).total_seconds() * 1000)
    assert row["bytes_scanned"] > 0
    (made,) = stack.rows("source = 'loading' AND contains(tables_written, 'iceberg.shop.orders')")
    assert (made["written_rows"], made["user"]) == (1, "lakefront")


def test_what_was_refused_and_why(stack: Stack) -> None:
    for user, sql in (
        ("ana", "DELETE FROM shop.orders"),
        ("stranger", "SELECT 1"),
        ("petra", "SELECT * FROM shop.orders"),
    ):
        with pytest.raises(LakefrontError):
            stack.trino(user, "denied").query(sql)
    stack.await_rows("source = 'denied'", 3)
    told = {row["user"]: row["error_message"] for row in stack.audit("denied") if row["source"] == "denied"}
    assert told["ana"] == "Access Denied: Cannot delete from table iceberg.shop.orders"
    assert told["stranger"] == "Access Denied: Cannot execute query"
    assert "Cannot select" in told["petra"]


def test_the_types_and_comments_are_those_that_are_documented(stack: Stack) -> None:
    described = stack.trino("lakefront").query(f"SHOW COLUMNS FROM {TABLE}").dicts()
    assert {row["Column"]: row["Type"] for row in described}["created_at"] == "timestamp(6) with time zone"
    assert all(row["Comment"] for row in described)
    assert "day(created_at)" in str(stack.trino("lakefront").query(f"SHOW CREATE TABLE {TABLE}").scalar())


def test_killed_between_taking_and_writing_each_query_is_there_once(stack: Stack) -> None:
    before = stack.component("audit")
    with frozen(stack.component("catalog")["pid"]):  # nothing can be written
        asked = {stack.trino("vic", "killed").query("SELECT 1").query_id for _ in range(3)}
        wait_for(lambda: all(key in stack.spooled() for key in asked), what="three events on disk")
        psutil.Process(before["pid"]).send_signal(signal.SIGKILL)
    wait_for(lambda: stack.component("audit")["restarts"] > before["restarts"], within=60, what="a restart")
    stack.assert_once("killed", asked)


def test_while_the_receiver_is_away_queries_run_and_trino_sends_them_later(stack: Stack) -> None:
    before = stack.component("audit")
    psutil.Process(before["pid"]).kill()
    asked = stack.ask("away", 3)
    stack.assert_once("away", asked)
    assert stack.component("audit")["restarts"] > before["restarts"]


@pytest.mark.parametrize("name", ["catalog", "objects"])
def test_while_a_service_under_it_is_killed_nothing_is_lost_or_doubled(stack: Stack, name: str) -> None:
    asked = stack.ask(f"{name}-before", 2)
    psutil.Process(stack.component(name)["pid"]).kill()
    during = {stack.trino("vic", f"{name}-during").query("SELECT 1").query_id for _ in range(3)}
    stack.assert_once(f"{name}-before", asked)
    stack.assert_once(f"{name}-during", during)
    wait_for(lambda: stack.component(name)["ready"], within=120, what=f"{name} ready again")


def test_a_trino_that_counts_as_ready_reads_tables(stack: Stack) -> None:
    psutil.Process(stack.component("trino")["pid"]).kill()
    wait_for(lambda: TRINO.probe(stack.settings) is not None, what="its end")
    wait_for(lambda: TRINO.probe(stack.settings) is None, within=120, what="its start")
    stack.ask("at-once", 1)


def test_what_is_no_event_is_set_aside(stack: Stack) -> None:
    before = stack.figures()["dead_letters_total"]
    answer = httpx.post(f"{stack.settings.service('audit').url}/v1/events", content=b"no event", timeout=30)
    assert answer.status_code == 204
    assert stack.figures()["dead_letters_total"] == before + 1
    letters = (stack.home / "data" / "audit" / "dead-letters.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(letters[-1])["body"] == "no event"


def test_readiness_checks_are_left_out_and_nobody_hides_as_one(stack: Stack) -> None:
    wait_for(lambda: stack.figures()["left_out_total"] > 0, what="a readiness check")
    disguised = stack.trino("vic", "lakefront-readiness").query("SELECT 2")
    stack.await_rows(f"query_id = '{disguised.query_id}'")
    assert stack.rows("source = 'lakefront-readiness' AND \"user\" = 'lakefront'") == []


def test_upkeep_puts_small_files_together_and_drops_old_days_with_their_files(stack: Stack) -> None:
    (sample, *_) = stack.rows("source = 'who'")
    row = {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in sample.items()}
    now = dt.datetime.now(dt.UTC)
    old = now - dt.timedelta(days=10)
    table = AuditTable(connect(stack.settings))
    psutil.Process(stack.component("audit")["pid"]).suspend()  # so that the table is ours
    try:
        for number in range(3):
            made = {**row, "query_id": f"old{number}", "created_at": old.isoformat(), "source": "old"}
            table.append(f"old{number}", [made], doubtful=False)
        for number in range(3):
            made = {**row, "query_id": f"late{number}", "created_at": (now - dt.timedelta(days=3)).isoformat()}
            table.append(f"late{number}", [{**made, "source": "late"}], doubtful=False)
        assert table.append("again", [{**row, "source": "again"}], doubtful=True) == 0
        before = {task.file.file_path for task in table.open().scan().plan_files()}
        # As an hour later, when all these snapshots are old.
        done = keep_up(table.open(), now + dt.timedelta(hours=2), keep_days=5)
        after = {task.file.file_path for task in table.open().scan().plan_files()}
    finally:
        psutil.Process(stack.component("audit")["pid"]).resume()
    assert (done.outdated, len(stack.rows("source = 'old'"))) == (3, 0)
    assert done.merged >= 3
    assert len(after) < len(before) < 4 * MANY_FILES
    assert len(stack.rows("source = 'late'")) == 3
    assert done.snapshots > 6
    io = table.open().io
    assert [path for path in before - after if io.new_input(path).exists()] == []
    assert all(io.new_input(path).exists() for path in after)
    stack.assert_once("after-upkeep", stack.ask("after-upkeep", 2))


def test_no_query_is_there_twice(stack: Stack) -> None:
    total, different = stack.trino("lakefront").query(f"SELECT count(*), count(DISTINCT query_id) FROM {TABLE}").rows[0]
    assert total == different > 20


def test_a_table_that_is_gone_is_told_and_made_anew(stack: Stack) -> None:
    process = psutil.Process(stack.component("audit")["pid"])
    process.suspend()  # it would make it before anybody can ask
    try:
        stack.trino("lakefront", "dropping").query(f"DROP TABLE {TABLE}")
        asked = stack.lakefront("audit", "denied")
    finally:
        process.resume()
    assert (asked.returncode, asked.stdout) == (4, "")
    assert "no audit receiver has run yet [audit-missing]" in asked.stderr
    assert "run `lakefront up`" in asked.stderr
    wait_for(lambda: stack.lakefront("audit", "denied").returncode == 0, within=120, what="a new table")
    stack.assert_once("anew", stack.ask("anew", 2))
