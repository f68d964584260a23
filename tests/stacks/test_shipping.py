"""Logs in OpenSearch, on a stack of its own: none is lost and none is there twice, whatever is killed meanwhile."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from lakefront.stack import opensearch_setup
from lakefront.stack.logs import LogFile
from lakefront.stack.opensearch_setup import read_setup
from lakefront.stack.state import Phase, read_state
from tests.support import log_documents
from tests.support.cli import ROOT, lakefront
from tests.support.own_stack import OwnStack
from tests.support.waiting import wait_for

PARTS = ("--only", "opensearch,shipper", "--ports", "auto", "--no-seed")


@dataclass(frozen=True)
class Logs(OwnStack):
    """A stack of OpenSearch and the shipper."""

    @property
    def folder(self) -> Path:
        return self.home / "logs"

    def search(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the documents with these values, the newest first."""
        terms = [{"match_phrase" if name == "message" else "term": {name: value}} for name, value in wanted.items()]
        with self.opensearch() as client:
            found = log_documents.ask(client, "/logs-*/_search", {"size": 100, "query": {"bool": {"filter": terms}}})
        return [hit["_source"] for hit in found["hits"]["hits"]]

    def count(self, service: str) -> int:
        with self.opensearch() as client:
            log_documents.ask(client, "/logs-*/_refresh", None)
            return log_documents.count(client, service)

    def distinct(self, service: str) -> int:
        """Return how many different lines of a `Load` there are."""
        with self.opensearch() as client:
            return log_documents.distinct(client, service)

    def opensearch(self) -> httpx.Client:
        return httpx.Client(base_url=self.settings.service("opensearch").url, timeout=30, trust_env=False)

    def shipper(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.settings.service('shipper').url}{path}", timeout=10, trust_env=False)

    def state(self) -> str:
        """Return how the shipper says that it is; "gone" while it does not answer."""
        try:
            return str(self.shipper("/healthz").json()["state"])
        except httpx.HTTPError:
            return "gone"

    def settled(self, *names: str) -> bool:
        """Whether components are ready."""
        known = read_state(self.settings.home.state_file).components
        return all(known[name].phase is Phase.READY for name in names)

    def process(self, name: str) -> psutil.Process | None:
        """Return a component's process; None while it has none."""
        identity = read_state(self.settings.home.state_file).components[name].identity
        return identity.process() if identity else None

    def kill(self, name: str) -> None:
        """Kill a component, which the supervisor then starts anew."""
        process = self.process(name)
        assert process
        process.kill()

    def keep_away(self, name: str, seconds: float) -> None:
        """Kill a component whenever the supervisor has started it, for so long."""
        ends = time.monotonic() + seconds

        def look() -> bool:
            process = self.process(name)
            if process:
                process.kill()
            return time.monotonic() > ends

        wait_for(look, within=seconds + 60, what="the end of its absence", every=0.2)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logs]:
    home = tmp_path_factory.mktemp("shipping") / "home"
    try:
        started = lakefront("up", *PARTS, home=home, timeout=600)
        assert started.returncode == 0, started.stderr
        yield Logs(ROOT, home)
    finally:
        lakefront("down", home=home)


class Load:
    """Writes numbered lines into a log of its own, some a second, until it is told to stop."""

    def __init__(self, logs: Logs, service: str, rate: int) -> None:
        self._file, self._rate = LogFile(logs.folder / f"{service}.log", service), rate
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.written = 0

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def wait_for_more(self, lines: int) -> None:
        """Return when so many more lines have been written."""
        wanted = self.written + lines
        wait_for(lambda: self.written >= wanted, within=120, what=f"{wanted} lines to be written")

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stopping.wait(0.02):
            # As many as are due, so that a machine that is busy writes as many in the end.
            for _ in range(min(int((time.monotonic() - began) * self._rate) - self.written, self._rate)):
                message = f"line {self.written} of some length"
                self._file.write(json.dumps({"logger": f"n{self.written}", "message": message}))
                self.written += 1


def test_what_a_component_says_is_found_by_its_fields(logs: Logs) -> None:
    wait_for(lambda: logs.search(service="opensearch", message="started"), within=60, what="words of OpenSearch")
    found = logs.search(service="opensearch", message="started")[0]
    assert (found["level"], found["service"]) == ("INFO", "opensearch")
    assert found["logger"]
    assert found["timestamp"].endswith("Z")


def test_odd_lines_are_all_there_and_none_stops_the_others(logs: Logs) -> None:
    odd = [
        "not JSON at all",
        '{"message": "cut off',
        json.dumps({"message": {"an": "object"}, "level": ["a", "list"], "query_id": 7, "odd": 1}),
        json.dumps({"timestamp": "yesterday", "message": "no such time", "odd": 2}),
        json.dumps({"timestamp": 12345678901234567890, "message": "nor this", "odd": 3}),
        json.dumps({"message": "x" * 1_000_000, "odd": 4}),
        json.dumps({"message": "m", "logger": "l" * 100_000, "odd": 5}),
        json.dumps({"message": "half of a pair: \ud800"}),
        '{"message": NaN, "level": Infinity}',
        json.dumps({"message": "many", **{f"field{number}": number for number in range(2000)}}),
        json.dumps({"stackTrace": {"deep": [[[[1]]]]}, "message": "trace", "_id": "mine", "_index": "elsewhere"}),
        "\x00\x1b[31mcontrol",
        "[" * 50_000,
        json.dumps({"message": "the last one"}),
    ]
    (logs.folder / "odd.log").write_text("".join(f"{line}\n" for line in odd), encoding="utf-8")
    wait_for(lambda: logs.count("odd") == len(odd), within=60, what="all odd lines")
    assert len(logs.search(service="odd", message="the last one")) == 1
    assert max(len(str(each.get("message"))) for each in logs.search(service="odd")) == 1_000_000
    assert logs.state() == "ok"


def test_a_line_that_names_a_query_is_found_by_its_id(logs: Logs) -> None:
    query = "20261129_202006_00083_mzj4v"
    LogFile(logs.folder / "engine.log", "engine").write(f"INFO TIMELINE: Query {query} :: FINISHED :: elapsed 92ms")
    wait_for(lambda: logs.search(service="engine", query_id=query), within=60, what="the line of the query")


def test_an_index_of_before_gets_to_know_new_fields(logs: Logs) -> None:
    file = ROOT / "deploy" / "opensearch" / "templates" / "logs.json"
    (template,) = [each for each in read_setup(ROOT / "deploy").templates if each.file == file]
    body = json.loads(json.dumps(template.body))
    body["template"]["mappings"]["properties"]["colour"] = {"type": "keyword"}
    index = template.index_of(dt.datetime.now(dt.UTC).date())
    with logs.opensearch() as client:
        opensearch_setup._add_fields(client, replace(template, body=body), [index])
        opensearch_setup._add_fields(client, replace(template, body=body), [index])
    LogFile(logs.folder / "painter.log", "painter").write(json.dumps({"message": "painted", "colour": "blue"}))
    wait_for(lambda: logs.search(service="painter", colour="blue"), within=60, what="a line by its new field")


def assert_whole(logs: Logs, service: str, load: Load) -> None:
    """Each line that was written is there, once."""
    wait_for(lambda: logs.count(service) >= load.written, within=400, what=f"{load.written} lines", every=0.5)
    assert (logs.count(service), logs.distinct(service)) == (load.written, load.written)
    assert "lakefront_shipper_lost_bytes_total 0.0" in logs.shipper("/metrics").text


def test_nothing_is_lost_or_doubled_when_it_and_opensearch_are_killed_under_load(logs: Logs) -> None:
    with Load(logs, "load", 500) as load:
        wait_for(lambda: logs.count("load") > 0, within=60, what="the first lines")
        logs.kill("shipper")
        wait_for(lambda: logs.state() != "ok", within=30, what="the shipper's end")
        wait_for(lambda: logs.state() == "ok", within=90, what="the shipper's return")
        logs.kill("opensearch")
        wait_for(lambda: logs.state() == "behind", within=60, what="a shipper that is behind")
        assert logs.shipper("/healthz").status_code == 200, "it runs"
        assert logs.shipper("/readyz").status_code == 503, "it sends nothing"
        logs.kill("shipper")
        load.wait_for_more(1500)
    wait_for(lambda: logs.settled("shipper", "opensearch"), within=180, what="both to be back")
    assert_whole(logs, "load", load)
    wait_for(lambda: logs.shipper("/readyz").status_code == 200, within=60, what="the shipper to be ready again")


def test_a_disk_without_room_for_its_places_stops_nothing_and_doubles_nothing(logs: Logs) -> None:
    """The limit of the size of files is what a process meets as a disk that is full."""
    shipper = logs.process("shipper")
    assert shipper
    with Load(logs, "full", 500) as load:
        wait_for(lambda: logs.count("full") > 0, within=60, what="the first lines")
        shipper.rlimit(psutil.RLIMIT_FSIZE, (0, 0))
        wait_for(lambda: logs.shipper("/healthz").json()["forgetful"], within=60, what="a shipper that says so")
        before = logs.count("full")
        wait_for(lambda: logs.count("full") > before + 1000, within=60, what="lines that are sent all the same")
        assert logs.state() == "ok"
        shipper.kill()
        wait_for(lambda: logs.state() == "gone", within=30, what="the shipper's end")
    # The next one begins where it was written down last, and sends again what is there.
    wait_for(lambda: logs.settled("shipper") and logs.state() == "ok", within=120, what="the shipper's return")
    assert_whole(logs, "full", load)
    assert logs.shipper("/healthz").json()["forgetful"] is None


@pytest.mark.long
def test_a_minute_without_opensearch_at_a_thousand_lines_a_second_loses_nothing(logs: Logs) -> None:
    with Load(logs, "minute", 1000) as load:
        logs.keep_away("opensearch", 60)
    wait_for(lambda: logs.settled("opensearch"), within=300, what="OpenSearch to be back")
    assert_whole(logs, "minute", load)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_minutes_without_opensearch_lose_nothing(logs: Logs) -> None:
    with Load(logs, "minutes", 1000) as load:
        logs.keep_away("opensearch", 600)
    wait_for(lambda: logs.settled("opensearch"), within=300, what="OpenSearch to be back")
    assert_whole(logs, "minutes", load)
