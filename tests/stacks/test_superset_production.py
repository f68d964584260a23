"""Superset as it runs in production: PostgreSQL, Redis, a worker and a scheduler, and a mail server to send to."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from lakefront.config import Settings
from lakefront.superset.apply import plan
from lakefront.superset.client import SupersetClient
from lakefront.trino import Trino
from tests.support import own_stack
from tests.support.bundles import with_own_assets
from tests.support.cli import ROOT, lakefront
from tests.support.services import Mailbox, Service, postgresql, redis
from tests.support.superset import Visitor, messages
from tests.support.waiting import wait_for

# Superset's tables are made in PostgreSQL within the first test.
pytestmark = pytest.mark.timeout(1200)

NATIONS = "SELECT nationkey, name, regionkey FROM tpch.tiny.nation"
#: Celery's scheduler looks at reports once a minute.
MAIL_WITHIN = 180.0


@dataclass
class Production:
    """All parts, and people who look."""

    settings: Settings
    postgres: Service
    redis: Service
    redis_url: str
    database_url: str
    mail: Mailbox
    variables: dict[str, str]
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, "subprocess.Popen[bytes]"])
    visitors: dict[str, Visitor] = field(default_factory=dict[str, Visitor])

    def start(self, *kinds: str) -> None:
        """Start Celery's worker or its scheduler, as its image does: with the settings of the web server."""
        process = psutil.Process(self.pid)
        for kind in kinds:
            more = ("--pool=prefork", "--concurrency=2") if kind == "worker" else ()
            log = (self.settings.home.logs / f"superset-{kind}.log").open("ab")
            self.workers[kind] = subprocess.Popen(
                [process.cmdline()[0], "-m", "celery", "--app=superset.tasks.celery_app:app", kind, *more],
                env=process.environ(), cwd=self.settings.home.data, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
            log.close()

    def end(self, kind: str) -> None:
        """Kill a worker or the scheduler with all its children."""
        process = psutil.Process(self.workers.pop(kind).pid)
        for each in [*process.children(recursive=True), process]:
            each.kill()
        psutil.wait_procs([process], timeout=30)

    @property
    def pid(self) -> int:
        shown = lakefront("--bundle", str(self.settings.bundle), "status", "--format", "json", home=self.home)
        return int(next(row["pid"] for row in json.loads(shown.stdout) if row["component"] == "superset"))

    @property
    def home(self) -> Path:
        return self.settings.home.root

    def person(self, name: str) -> Visitor:
        """Return a person's session, signed in once."""
        if name not in self.visitors:
            self.visitors[name] = Visitor(self.settings, name)
        return self.visitors[name]

    @cached_property
    def database(self) -> int:
        with SupersetClient.from_settings(self.settings) as client:
            return next(asset.id for asset in client.assets("database") if asset.title == "Lakehouse SQL")

    @cached_property
    def dataset(self) -> int:
        body = {"database": self.database, "table_name": "nations", "sql": NATIONS}
        with SupersetClient.from_settings(self.settings) as client:
            return int(client.post("/dataset/", body)["id"])

    @cached_property
    def chart(self) -> int:
        query = {"columns": ["name"], "metrics": [], "filters": [], "row_limit": 100, "orderby": [["name", True]]}
        context = {"datasource": {"id": self.dataset, "type": "table"}, "queries": [query], "result_format": "json"}
        params = {"viz_type": "table", "query_mode": "raw", "all_columns": ["name"], "row_limit": 100}
        body = {
            "slice_name": "Nations", "viz_type": "table", "datasource_id": self.dataset, "datasource_type": "table",
            "params": json.dumps(params), "query_context": json.dumps({**context, "result_type": "full"}),
        }  # fmt: skip
        with SupersetClient.from_settings(self.settings) as client:
            return int(client.post("/chart/", body)["id"])

    def schedule(self, **fields: Any) -> int:
        """Make an alert or a report of dana's that is due each minute; return its id."""
        with SupersetClient.from_settings(self.settings) as client:
            dana = next(int(row["id"]) for row in client.rows("/security/users/") if row["username"] == "dana")
            body = {
                "crontab": "* * * * *", "timezone": "UTC", "active": True, "chart": self.chart, "owners": [dana],
                "creation_method": "alerts_reports", "working_timeout": 120, "log_retention": 1,
                "recipients": [{"type": "Email", "recipient_config_json": {"target": "ops@example.com"}}], **fields,
            }  # fmt: skip
            return int(client.post("/report/", body)["id"])

    def unschedule(self, number: int) -> None:
        with SupersetClient.from_settings(self.settings) as client:
            client.remove(f"/report/{number}")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("production")
    bundle = with_own_assets(folder / "bundle", "sales-overview")
    manifest = bundle / "lakefront.toml"
    manifest.unlink()
    text = (ROOT / "lakefront.toml").read_text(encoding="utf-8")
    manifest.write_text(text.replace("[env.local]\n", "[env.local]\nsuperset_workers = true\n", 1), encoding="utf-8")
    postgres, database_url = postgresql(folder)
    store, redis_url = redis(folder)
    mail = Mailbox()
    mail.start()
    variables = {
        "LAKEFRONT_SUPERSET_DATABASE_URI": database_url,
        "LAKEFRONT_SUPERSET_REDIS_URL": redis_url,
        "LAKEFRONT_SMTP_URL": mail.url,
        "LAKEFRONT_MAIL_FROM": "lakefront@example.com",
    }
    parts = ("--only", "objects,catalog,trino,superset", "--no-seed")
    try:
        with own_stack.running(folder / "home", *parts, bundle=bundle, env=variables) as settings:
            made = Production(settings, postgres, store, redis_url, database_url, mail, variables)
            try:
                made.start("worker", "beat")
                yield made
            finally:
                for kind in list(made.workers):
                    made.end(kind)
                for visitor in made.visitors.values():
                    visitor.close()
    finally:
        mail.stop()
        store.stop()
        postgres.stop()


def _wait_for_superset(production: Production) -> None:
    url = f"{production.settings.service('superset').url}/login/"

    def answers() -> bool:
        try:
            return httpx.get(url, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    wait_for(answers, within=120, what="Superset's coming back")


def _async(person: Visitor, database: int, sql: str, tab: str = "Untitled") -> str:
    """Run SQL in a worker; return the query's id among clients."""
    client_id = uuid.uuid4().hex[:10]
    body = {
        "database_id": database,
        "sql": sql,
        "runAsync": True,
        "queryLimit": 1000,
        "client_id": client_id,
        "tab": tab,
    }
    sent = person.ask("POST", "/api/v1/sqllab/execute/", json=body)
    assert sent.status_code == 202, f"{sent.status_code} {sent.text}"
    return client_id


def _result(person: Visitor, client_id: str, *, within: float = 120) -> list[dict[str, Any]]:
    """Wait for a query that runs in a worker; return its rows."""

    def done() -> dict[str, Any] | None:
        since = person.ask("GET", "/api/v1/query/updated_since?q=(last_updated_ms:0)").json()["result"]
        query = next((item for item in since if item["id"] == client_id), None)
        assert not query or query["state"] not in {"failed", "timed_out"}, query
        return query if query and query["state"] == "success" else None

    query = wait_for(done, within=within, what=f"the success of query {client_id}", every=0.3)
    got = person.ask("GET", f"/api/v1/sqllab/results/?q=(key:'{query['resultsKey']}')")
    assert got.status_code == 200, messages(got)
    rows: list[dict[str, Any]] = got.json()["data"]
    return rows


def _keys(production: Production) -> set[str]:
    """Return what kinds of keys Redis has, by their prefixes."""
    cli = str(Path(production.redis._argv[0]).with_name("redis-cli"))
    arguments = [cli, "-u", production.redis_url, "--scan"]
    keys = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout.split()
    return {key.removeprefix("lakefront_local_").split("_", 1)[0] for key in keys if key.startswith("lakefront_local_")}


def _said(production: Production, statement: str) -> list[dict[str, str]]:
    """Return what Superset told Trino that a statement is for, each time that it was asked."""
    asked = httpx.Client(
        base_url=production.settings.service("trino").url, headers={"X-Trino-User": "lakefront"}, timeout=30
    )
    with asked:
        listed = asked.get("/v1/query").json()
        # Superset writes statements anew.
        queries = [each["queryId"] for each in listed if statement.lower() in " ".join(each["query"].split()).lower()]
        sessions = [asked.get(f"/v1/query/{query}").json()["session"] for query in queries]
    return [json.loads(session["clientInfo"]) for session in sessions if session["source"] == "superset"]


def test_assets_are_applied_to_postgresql_and_a_plan_is_empty(production: Production) -> None:
    assert not list(production.home.rglob("superset.db"))
    found = plan(production.settings, lambda _: None)
    assert (found.steps, found.access) == ((), ())
    with SupersetClient.from_settings(production.settings) as client:
        assert client.one(f"/database/{production.database}")["allow_run_async"] is True


def test_a_query_runs_in_a_worker(production: Production) -> None:
    dana = production.person("dana")
    rows = _result(dana, _async(dana, production.database, f"{NATIONS} ORDER BY nationkey", "Nations by key"))
    wanted = Trino.from_settings(production.settings, source="tests").signed_in_as("dana").query(NATIONS).rows
    assert [(row["nationkey"], row["name"]) for row in rows] == sorted((row[0], row[1]) for row in wanted)
    assert _said(production, "ORDER BY nationkey") == [{"client": "sql lab", "sql_tab": "Nations by key"}]


def test_an_answer_is_cached_in_redis_for_the_person_who_asked(production: Production) -> None:
    query = {"columns": ["name"], "metrics": [], "row_limit": 7}
    answers = [
        production.person(name).chart_data(production.dataset, query).json()["result"][0]
        for name in ("dana", "dana", "admin", "admin")
    ]
    assert [answer["is_cached"] for answer in answers] == [None, True, None, True]
    assert all(answer["rowcount"] == 7 for answer in answers)
    assert {"data", "session", "results", "metadata"} <= _keys(production)


@pytest.fixture(scope="module")
def scheduled(production: Production) -> Iterator[dict[str, int]]:
    """An alert that fires, one that does not and a report, due at once: the scheduler looks once a minute only.

    Whoever has what it waits for takes it away, so that nothing is sent during other tests.
    """
    question: dict[str, Any] = {
        "type": "Alert", "report_format": "TEXT", "database": production.database, "validator_type": "operator",
        "sql": "SELECT count(*) FROM tpch.tiny.nation", "grace_period": 3600,
    }  # fmt: skip
    made = {
        "fires": production.schedule(
            name="More than 20 nations", validator_config_json={"op": ">", "threshold": 20}, **question
        ),
        "quiet": production.schedule(
            name="More than 30 nations", validator_config_json={"op": ">", "threshold": 30}, **question
        ),
        "report": production.schedule(type="Report", name="All nations", report_format="CSV"),
    }
    yield made
    for number in made.values():
        production.unschedule(number)


def test_an_alert_that_fires_is_sent(production: Production, scheduled: dict[str, int]) -> None:
    mail = production.mail.wait_for("More than 20 nations", within=MAIL_WITHIN)
    assert mail["From"] == "lakefront@example.com"
    assert mail["To"] == "ops@example.com"
    assert "UNITED STATES" in mail.as_string()
    said = _said(production, "SELECT count(*) FROM tpch.tiny.nation")
    assert {"client": "alert", "alert": "More than 20 nations"} in said
    with SupersetClient.from_settings(production.settings) as client:
        wait_for(
            lambda: client.one(f"/report/{scheduled['quiet']}")["last_state"] == "Not triggered",
            within=MAIL_WITHIN, what="the alert that does not fire",
        )  # fmt: skip
    production.unschedule(scheduled.pop("fires"))
    production.unschedule(scheduled.pop("quiet"))


def test_a_scheduled_report_arrives_with_what_trino_has(production: Production, scheduled: dict[str, int]) -> None:
    mail = production.mail.wait_for("All nations", within=MAIL_WITHIN)
    production.unschedule(scheduled.pop("report"))
    (attached,) = [part for part in mail.iter_attachments() if str(part.get_filename()).endswith(".csv")]
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    wanted = Trino.from_settings(production.settings, source="tests").query("SELECT name FROM tpch.tiny.nation").rows
    assert sorted(row["name"] for row in rows) == sorted(row[0] for row in wanted)


def test_a_restart_of_each_service_in_the_middle_loses_nothing(production: Production) -> None:
    dana = production.person("dana")
    production.end("worker")
    waiting = _async(dana, production.database, "SELECT count(*) AS n FROM tpch.tiny.customer")
    production.redis.kill()
    production.redis.start()
    production.postgres.kill()
    production.postgres.start()
    production.start("worker")
    assert _result(dana, waiting) == [{"n": 1500}], "the session and the queued query are there after the restarts"
    for process in [*psutil.Process(production.pid).children(recursive=True), psutil.Process(production.pid)]:
        process.kill()
    _wait_for_superset(production)
    again = dana.ask("GET", "/api/v1/me/")
    assert again.json()["result"]["username"] == "dana", "nobody has to sign in again"
    assert _result(dana, _async(dana, production.database, "SELECT 1 AS one")) == [{"one": 1}]
