"""Logs in OpenSearch, on a stack of its own: none is lost and none is there twice, whatever is killed meanwhile."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from lakefront.stack.logs import LogFile
from lakefront.stack.state import Phase, read_state
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
        found = self._ask("POST", "/logs-*/_search", {"size": 10_000, "query": {"bool": {"filter": terms}}})
        return [hit["_source"] for hit in found["hits"]["hits"]]

    def count(self, service: str) -> int:
        self._ask("POST", "/logs-*/_refresh", None)
        found = self._ask("POST", "/logs-*/_count", {"query": {"term": {"service": service}}})
        return int(found["count"])

    def distinct(self, service: str) -> int:
        """Return how many different messages of a service there are: they are numbered, in the field `logger`."""
        self._ask("POST", "/logs-*/_refresh", None)
        wanted = {"numbers": {"cardinality": {"field": "logger", "precision_threshold": 40_000}}}
        body = {"size": 0, "query": {"term": {"service": service}}, "aggs": wanted}
        return int(self._ask("POST", "/logs-*/_search", body)["aggregations"]["numbers"]["value"])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        url = self.settings.service("opensearch").url
        answer = httpx.request(method, f"{url}{path}", json=body, timeout=30, trust_env=False)
        return answer.raise_for_status().json()

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

    def kill(self, name: str) -> None:
        """Kill a component, which the supervisor then starts anew."""
        identity = read_state(self.settings.home.state_file).components[name].identity
        process = identity.process() if identity else None
        assert process
        process.kill()


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
    """Writes numbered lines into a log of its own, until it is told to stop."""

    def __init__(self, logs: Logs, service: str, every: float) -> None:
        self._file, self._every = LogFile(logs.folder / f"{service}.log", service), every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.written = 0

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            for _ in range(20):
                self._file.write(
                    json.dumps({"logger": f"n{self.written}", "message": f"line {self.written} of some length"})
                )
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


def test_nothing_is_lost_or_doubled_when_it_and_opensearch_are_killed_under_load(logs: Logs) -> None:
    with Load(logs, "load", 0.04) as load:
        time.sleep(3)
        logs.kill("shipper")
        wait_for(lambda: logs.state() != "ok", within=30, what="the shipper's end")
        wait_for(lambda: logs.state() == "ok", within=90, what="the shipper's return")
        logs.kill("opensearch")
        wait_for(lambda: logs.state() == "behind", within=60, what="a shipper that is behind")
        logs.kill("shipper")
        time.sleep(3)
    wait_for(lambda: logs.settled("shipper", "opensearch"), within=180, what="both to be back")
    wait_for(lambda: logs.count("load") >= load.written, within=120, what=f"{load.written} lines")
    assert (logs.count("load"), logs.distinct("load")) == (load.written, load.written)
    assert "lakefront_shipper_lost_bytes_total 0.0" in logs.shipper("/metrics").text


@pytest.mark.long
def test_a_minute_without_opensearch_at_a_thousand_lines_a_second_loses_nothing(logs: Logs) -> None:
    with Load(logs, "flood", 0.02) as load:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            logs.kill("opensearch")
            time.sleep(5)
    wait_for(lambda: logs.settled("opensearch"), within=180, what="OpenSearch to be back")
    wait_for(lambda: logs.count("flood") >= load.written, within=300, what=f"{load.written} lines")
    assert logs.count("flood") == load.written
