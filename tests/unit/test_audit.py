"""The audit receiver without a stack: events, the spool, batches and their doubts, dead letters, what is old."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from lakefront.errors import BadInputError, CheckFailedError
from lakefront.semantic import load_layer
from lakefront.semantic.audit import AUDIT_TABLE, since_when, tables_meant
from lakefront.stack.audit.columns import COLUMNS, TABLE
from lakefront.stack.audit.dead_letters import DeadLetters
from lakefront.stack.audit.event import LONGEST_QUERY, READ_A_TABLE, is_own_check, to_row
from lakefront.stack.audit.intake import Intake
from lakefront.stack.audit.listener import EVENTS_PATH
from lakefront.stack.audit.receiver import LARGEST_EVENT, application
from lakefront.stack.audit.spool import Spool, read_events
from lakefront.stack.audit.table import schema, to_arrow
from lakefront.stack.audit.upkeep import is_old
from lakefront.stack.audit.writer import Upkeep, Writer
from tests.support.cli import ROOT

#: What Superset says of a query.
ORIGIN = ("client", "chart", "chart_uuid", "dashboard", "dashboard_uuid", "dashboard_filter", "sql_tab", "alert")
NOW = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)


def event(number: int = 1, **metadata: Any) -> bytes:
    """An event with as little as Trino may send."""
    said = {"queryId": f"q{number}", "query": "SELECT 1", "queryState": "FINISHED", "tables": [], **metadata}
    times = {"createTime": "2026-10-31T23:59:59.999Z", "endTime": "2026-11-01T00:00:01.000Z"}
    return json.dumps({"metadata": said, "context": {"user": "ana"}, "statistics": {}, **times}).encode()


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    return to_row(event(number), NOW) | changes


def line(number: int) -> bytes:
    return json.dumps(row(number)).encode()


class Lake:
    """The seam behind the writer, with the failures that a catalog has."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.commits: list[str] = []
        self.doubts: list[bool] = []
        self.fail_before = self.fail_after = 0

    def prepare(self) -> None:
        pass

    def check(self, rows: Sequence[Mapping[str, Any]]) -> None:
        to_arrow(rows)

    def forget(self) -> None:
        pass

    def append(self, batch: str, rows: Sequence[Mapping[str, Any]], *, doubtful: bool) -> int:
        self.doubts.append(doubtful)
        if self.fail_before:
            self.fail_before -= 1
            raise ConnectionError("away")
        new = [str(r["query_id"]) for r in rows]
        if doubtful:
            new = [key for key in new if key not in self.rows]
        self.rows += new
        self.commits.append(batch)
        if self.fail_after:
            self.fail_after -= 1
            raise TimeoutError("no answer, but it is done")
        return len(new)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", limit_bytes=1_000_000)


def writer(spool: Spool, lake: Lake, *, flush_events: int = 500, flush_seconds: float = 5.0) -> Writer:
    folder = next(iter(spool.sealed()), None)
    letters = DeadLetters((folder.path.parent if folder else Path()).parent / "dead.jsonl")
    return Writer(spool, letters, lake, flush_seconds=flush_seconds, flush_events=flush_events)


class TestEvent:
    def test_filters_masks_and_columns_are_those_of_who_asks(self) -> None:
        names = {"catalog": "lake", "schema": "sales", "table": "customers"}
        columns = [
            {"column": "email", "mask": "hash(email)"},
            {"column": "phone", "mask": "NULL"},
            {"column": "region"},
        ]
        asked = {**names, "filters": ["region = 'EU'"], "columns": columns, "referenceChain": []}
        key = {**names, "table": "mask_keys", "filters": [], "columns": [{"column": "k"}]}
        key["referenceChain"] = [{"@type": "columnMask", "expression": "hash(email)"}]
        body = json.loads(event(tables=[key, asked, asked]))
        read = {"catalogName": "lake", "schema": "sales", "table": "customers", "columns": [{"name": "email"}]}
        body["ioMetadata"] = {"inputs": [read], "output": {"catalogName": "lake", "schema": "s", "table": "t"}}
        made = to_row(json.dumps(body).encode(), NOW)
        assert made["tables_read"] == ["lake.sales.customers"]
        assert made["row_filters"] == ["lake.sales.customers: region = 'EU'"]
        assert made["column_masks"] == ["lake.sales.customers.email: hash(email)", "lake.sales.customers.phone: NULL"]
        assert made["columns_read"] == ["lake.sales.customers.email", "lake.sales.customers.region"]
        assert made["tables_written"] == ["lake.s.t"]

    @pytest.mark.parametrize(
        ("client_info", "told"),
        [
            (
                '{"client": "dashboard", "chart": "Umsatz \\u20ac", "chart_uuid": "c-1", "dashboard": "Sales"}',
                {"client": "dashboard", "chart": "Umsatz €", "chart_uuid": "c-1", "dashboard": "Sales"},
            ),
            ('{"client": "sql lab", "sql_tab": "Query 1"}', {"client": "sql lab", "sql_tab": "Query 1"}),
            ('{"chart": 7, "client": ["x"], "user": "eve", "query_id": "q2"}', {}),
            ("any text of another program", {}),
            ('["chart"]', {}),
            (None, {}),
        ],
    )
    def test_a_program_says_which_chart_asks_and_nothing_else(self, client_info: str | None, told: Any) -> None:
        body = json.loads(event())
        body["context"]["clientInfo"] = client_info
        made = to_row(json.dumps(body).encode(), NOW)
        assert {name: made[name] for name in ORIGIN if made[name] is not None} == told
        assert (made["client_info"], made["user"], made["query_id"]) == (client_info, "ana", "q1")
        assert to_arrow([made]).num_rows == 1

    def test_times_are_milliseconds_and_the_whole_is_from_asking_to_the_end(self) -> None:
        body = json.loads(event()) | {"statistics": {"queuedTime": 0.25, "outputRows": 3, "physicalInputBytes": 2**70}}
        made = to_row(json.dumps(body).encode(), NOW)
        assert (made["total_ms"], made["queued_ms"], made["cpu_ms"], made["output_rows"]) == (1001, 250, None, 3)
        assert made["bytes_scanned"] == 2**63 - 1
        assert made["created_at"] == "2026-10-31T23:59:59.999000+00:00"

    def test_long_texts_are_cut_and_every_text_can_be_written(self) -> None:
        made = to_row(event(query="x" * 50_000, preparedQuery="\ud83d half"), NOW)
        assert len(made["query"]) == LONGEST_QUERY
        assert to_arrow([made]).num_rows == 1

    def test_passwords_of_a_catalog_are_left_out(self) -> None:
        made = to_row(event(query="/* a */ create catalog crm using postgresql WITH (\"password\" = 'geheim')"), NOW)
        assert made["query"].endswith("WITH (left out)")
        assert "geheim" not in json.dumps(made)

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, event(queryId=None), event(queryId="x" * 5000),
            event().replace(b"2026-10-31T23", b"yesterday"), event().replace(b'"ana"', b"7"),
            b'{"metadata": {}}', event(tables=[7]), event(tables=[{"table": "no names"}]),
        ],
    )  # fmt: skip
    def test_what_is_no_event_is_told_from_one(self, body: bytes) -> None:
        with pytest.raises(BadInputError) as caught:
            to_row(body, NOW)
        assert caught.value.code == "audit-event"

    @pytest.mark.parametrize(
        ("changes", "left_out"),
        [
            ({}, True),
            ({"query": READ_A_TABLE}, True),
            ({"query": f"{READ_A_TABLE} WHERE true"}, False),
            ({"user": "eve"}, False),
            ({"source": "trino-cli"}, False),
            ({"query": "SHOW SCHEMAS FROM iceberg LIKE 'a'"}, False),
            ({"query": "SELECT 1"}, False),
            ({"error_code": "PERMISSION_DENIED"}, False),
        ],
    )
    def test_nobody_hides_as_the_readiness_check(self, changes: dict[str, Any], left_out: bool) -> None:
        check = {"source": "lakefront-readiness", "user": "lakefront", "query": "SHOW SCHEMAS FROM iceberg"}
        assert is_own_check(row(**(check | changes)), "lakefront") is left_out

    @pytest.mark.parametrize(
        ("changes", "left_out"),
        [
            ({}, True),
            ({"error_code": None}, True),
            ({"user": "rules-0123456789ab "}, False),
            ({"user": "ana"}, False),
            ({"principal": "superset"}, False),
            ({"principal": None}, False),
            ({"source": "lakefront"}, False),
            ({"query": "SELECT 2"}, False),
        ],
    )
    def test_nobody_hides_as_the_look_at_new_rules(self, changes: dict[str, Any], left_out: bool) -> None:
        version = "rules-0123456789ab"
        said = {"source": "lakefront-policy", "user": version, "principal": version}
        check = said | {"query": "SELECT 1", "error_code": "PERMISSION_DENIED"}
        assert is_own_check(row(**(check | changes)), "lakefront") is left_out


class TestSpool:
    def test_what_was_appended_is_there_for_the_next_process(self, spool: Spool, tmp_path: Path) -> None:
        spool.append([line(1), line(2)])
        again = Spool(tmp_path / "spool", limit_bytes=1_000_000)
        assert (again.events, again.size) == (2, spool.size)
        (segment,) = again.sealed()
        assert segment.doubtful
        assert [item["query_id"] for item in read_events(segment)[0]] == ["q1", "q2"]

    def test_a_line_that_a_crash_cut_short_is_left_out(self, spool: Spool, tmp_path: Path) -> None:
        spool.append([line(1)])
        (segment,) = spool.sealed()
        for length in range(len(line(2))):
            segment.path.write_bytes(line(1) + b"\n" + line(2)[:length])
            (found,) = Spool(tmp_path / "spool", limit_bytes=1_000_000).sealed()
            events, damaged = read_events(found)
            assert ([item["query_id"] for item in events], damaged, found.events) == (["q1"], [], 1)

    def test_it_is_bounded_and_takes_nothing_by_halves(self, tmp_path: Path) -> None:
        small = Spool(tmp_path / "small", limit_bytes=len(line(1)) + 10)
        small.append([line(1)])
        assert not small.has_room
        with pytest.raises(CheckFailedError, match="wait for the table") as caught:
            small.append([line(2)])
        assert caught.value.code == "audit-spool-full"
        (segment,) = small.sealed()
        small.drop(segment)
        assert small.has_room
        small.append([line(3)])
        assert small.events == 1

    def test_a_write_that_fails_halfway_leaves_no_trace(self, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
        spool.append([line(1)])
        real = os.write

        def short(descriptor: int, data: bytes) -> int:
            if real(descriptor, bytes(data)[:5]):
                raise OSError(28, "No space left on device")
            return 0

        monkeypatch.setattr("lakefront.stack.audit.spool.os.write", short)
        with pytest.raises(CheckFailedError, match="No space left"):
            spool.append([line(2)])
        monkeypatch.undo()
        spool.append([line(3)])
        (segment,) = spool.sealed()
        events, damaged = read_events(segment)
        assert ([item["query_id"] for item in events], damaged) == (["q1", "q3"], [])

    def test_each_batch_has_a_name_of_its_own(self, spool: Spool) -> None:
        names: set[str] = set()
        for number in range(3):
            spool.append([line(number)])
            (segment,) = spool.sealed()
            names.add(segment.batch)
            spool.drop(segment)
        assert len(names) == 3


class TestWriter:
    def test_a_batch_is_due_by_age_or_number_and_later_when_many_are_written(self, spool: Spool) -> None:
        lake = Lake()
        made = writer(spool, lake, flush_events=3, flush_seconds=100)
        assert made.due_in() is None
        spool.append([line(1)])
        first = made.due_in()
        assert first is not None
        assert 90 < first <= 100
        for number in range(2, 14):
            assert made.write()
            spool.append([line(number)])
        later = made.due_in()
        assert later is not None
        assert 190 < later <= 200
        spool.append([line(98), line(99)])
        assert made.due_in() == 0

    def test_a_failure_before_the_commit_loses_nothing(self, spool: Spool) -> None:
        lake = Lake()
        lake.fail_before = 2
        made = writer(spool, lake)
        spool.append([line(1), line(2)])
        assert [made.write(), made.write(), made.write()] == [False, False, True]
        assert lake.rows == ["q1", "q2"]
        assert (spool.events, made.done.failures, made.done.problem) == (0, 2, None)

    def test_a_commit_whose_answer_is_lost_is_looked_for_and_not_doubled(self, spool: Spool) -> None:
        lake = Lake()
        lake.fail_after = 1
        made = writer(spool, lake)
        spool.append([line(1), line(2)])
        assert not made.write()
        assert made.done.problem
        assert made.write()
        assert lake.rows == ["q1", "q2"]
        assert lake.doubts[-1]
        assert (made.done.duplicates, spool.events) == (2, 0)

    def test_killed_between_commit_and_delete_it_writes_nothing_twice(self, spool: Spool, tmp_path: Path) -> None:
        lake = Lake()
        spool.append([line(1)])
        kept = spool.sealed()[0].path
        data = kept.read_bytes()
        assert writer(spool, lake).write()
        kept.write_bytes(data)  # as if the process had ended before it deleted the file
        after = Spool(tmp_path / "spool", limit_bytes=1_000_000)
        after.append([line(2)])
        assert writer(after, lake).write()
        assert lake.rows == ["q1", "q2"]

    def test_what_trino_sent_to_an_earlier_process_is_looked_for_too(self, spool: Spool) -> None:
        lake = Lake()
        lake.rows = ["q1"]
        spool.append([line(1), line(2)])
        assert writer(spool, lake).write()
        assert lake.rows == ["q1", "q2"]

    def test_a_row_that_does_not_fit_is_set_aside_and_stops_nobody(self, spool: Spool, tmp_path: Path) -> None:
        lake = Lake()
        spool.append([line(1), json.dumps(row(2, created_at="never")).encode(), b"7", line(3)])
        made = writer(spool, lake)
        assert made.write()
        assert lake.rows == ["q1", "q3"]
        letters = [json.loads(text) for text in (tmp_path / "dead.jsonl").read_text().splitlines()]
        assert [letter["reason"][:20] for letter in letters] == ["a damaged line of th", "it does not fit the "]

    def test_upkeep_is_done_first_then_by_number_and_its_failure_is_counted(self) -> None:
        calls: list[int] = []

        def work() -> None:
            calls.append(1)
            raise ConnectionError("away")

        upkeep = Upkeep(work, every=3)
        for _ in range(7):
            upkeep()
        assert (len(calls), upkeep.failures) == (3, 3)


class TestServer:
    def client(self, tmp_path: Path, limit: int = 1_000_000) -> tuple[TestClient, Spool, Lake]:
        spool = Spool(tmp_path / "spool", limit_bytes=limit)
        lake = Lake()
        letters = DeadLetters(tmp_path / "dead.jsonl")
        made = Writer(spool, letters, lake, flush_seconds=3600, flush_events=100_000)
        intake = Intake(spool, letters, readiness_user="lakefront")
        return TestClient(application(intake, made, Upkeep(lambda: None, every=1))), spool, lake

    def test_an_answer_means_that_it_is_on_disk_and_a_repetition_is_not_another(self, tmp_path: Path) -> None:
        client, spool, _ = self.client(tmp_path)
        with client:
            assert [client.post(EVENTS_PATH, content=event(n)).status_code for n in (1, 2, 1)] == [204] * 3
            (file,) = (tmp_path / "spool").iterdir()
            assert [json.loads(text)["query_id"] for text in file.read_text().splitlines()] == ["q1", "q2"]
            assert client.get("/healthz").json()["state"] == "ok"
            told = client.get("/metrics").text
        assert "lakefront_audit_accepted_total 2\n" in told
        assert "lakefront_audit_repeated_total 1\n" in told
        assert "# TYPE lakefront_audit_waiting gauge\nlakefront_audit_waiting 2\n" in told
        assert spool.events == 2

    def test_what_is_no_event_or_too_large_is_set_aside_with_its_beginning(self, tmp_path: Path) -> None:
        client, spool, _ = self.client(tmp_path)
        large = event(query="x" * LARGEST_EVENT)
        with client:
            assert client.post(EVENTS_PATH, content=b"no event").status_code == 204
            assert client.post(EVENTS_PATH, content=large).status_code == 204
            assert client.get("/healthz").json()["dead_letters"] == 2
        first, second = (json.loads(text) for text in (tmp_path / "dead.jsonl").read_text().splitlines())
        assert (first["reason"], first["body"]) == ("it is not JSON", "no event")
        assert second["size"] == len(large)
        assert second["body"].startswith('{"metadata": {"queryId": "q1"')
        assert len(second["body"]) <= 64 * 1024
        assert spool.events == 0

    def test_a_full_spool_says_so_and_trino_tries_again(self, tmp_path: Path) -> None:
        one = len(json.dumps(row(1), separators=(",", ":")))
        client, spool, _ = self.client(tmp_path, limit=one + 60)
        with client:
            assert client.post(EVENTS_PATH, content=event(1)).status_code == 204
            refused = client.post(EVENTS_PATH, content=event(2))
            health = client.get("/healthz")
            assert (refused.status_code, health.status_code) == (503, 503)
            assert (health.json()["state"], refused.json()["code"]) == ("full", "audit-spool-full")
            for segment in spool.sealed():
                spool.drop(segment)
            assert client.get("/healthz").json()["state"] == "ok"
            assert client.post(EVENTS_PATH, content=event(2)).status_code == 204
        assert spool.events == 1

    def test_dead_letters_are_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("lakefront.stack.audit.dead_letters._FILE_BYTES", 1000)
        letters = DeadLetters(tmp_path / "dead.jsonl")
        for number in range(50):
            letters.add("no event", b"x" * 100, number)
        assert letters.count == 50
        assert sorted(path.name for path in tmp_path.iterdir()) == ["dead.jsonl", "dead.jsonl.1"]
        assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())


class TestTable:
    def test_the_model_describes_every_column_with_its_type(self) -> None:
        types = {
            "string": "varchar", "long": "bigint", "list<string>": "array(varchar)",
            "timestamptz": "timestamp(6) with time zone",
        }  # fmt: skip
        dataset = load_layer(ROOT / "semantic_layer").datasets["query_audit"]
        told = {c.name: c.type for c in dataset.columns if not c.expression}
        assert told == {column.name: types[column.type] for column in COLUMNS}
        assert dataset.source == TABLE == AUDIT_TABLE
        assert [field.name for field in schema().fields] == list(told)

    def test_columns_with_personal_data_are_those_that_the_models_mark(self) -> None:
        layer = load_layer(ROOT / "semantic_layer")
        marked = {
            column.name
            for dataset in layer.datasets.values()
            if dataset.source
            for column in dataset.columns
            if column.sensitivity == "pii" and not column.expression
        }
        listed = re.search(r"\(\?<=\\\.\)\(([a-z_|]+)\)", str(layer.datasets["tables_asked"].sql))
        assert listed
        assert set(listed[1].split("|")) == marked

    @pytest.mark.parametrize(("day", "old"), [("2026-10-31", False), ("2026-08-02", False), ("2026-08-01", True)])
    def test_a_day_goes_when_it_is_older_than_what_is_kept(self, day: str, old: bool) -> None:
        assert is_old(dt.date.fromisoformat(day), NOW.date(), 90) is old


class TestQuestions:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("90m", "2026-10-31T10:30+00:00"),
            ("12h", "2026-10-31T00:00+00:00"),
            ("7d", "2026-10-24T12:00+00:00"),
            ("2w", "2026-10-17T12:00+00:00"),
            ("2026-10-01", "2026-10-01T00:00+00:00"),
            ("2026-10-01T08:00:00+02:00", "2026-10-01T06:00+00:00"),
        ],
    )
    def test_since(self, text: str, moment: str) -> None:
        assert since_when(text, NOW) == dt.datetime.fromisoformat(moment)

    @pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "999999w", "yesterday", "7 d"])
    def test_a_time_that_is_none_says_how_to_write_one(self, text: str) -> None:
        with pytest.raises(BadInputError) as caught:
            since_when(text, NOW)
        assert caught.value.code == "bad-time"

    def test_a_dataset_means_its_table_and_rollups(self) -> None:
        layer = load_layer(ROOT / "semantic_layer")
        assert tables_meant("customers", layer, "iceberg")[0] == "iceberg.sales.customers"
        assert all(name.startswith("iceberg.") for name in tables_meant("order_items", layer, "iceberg"))
        assert len(tables_meant("order_items", layer, "iceberg")) > 1
        assert tables_meant("raw.events", layer, "iceberg") == ["iceberg.raw.events"]
        assert tables_meant("crm.public.accounts", layer, "iceberg") == ["crm.public.accounts"]

    def test_an_unknown_dataset_gets_the_nearest(self) -> None:
        with pytest.raises(BadInputError, match="Did you mean 'customers'"):
            tables_meant("custmers", load_layer(ROOT / "semantic_layer"), "iceberg")
