"""Parts for operations: what Prometheus is told, programs that are not there, and what the monitor tells."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from lakefront.config import Settings, load_settings
from lakefront.errors import CheckFailedError
from lakefront.stack import control, programs
from lakefront.stack.monitor.figures import Bucket, Buckets, Figures, opensearch_status
from lakefront.stack.process import Identity
from lakefront.stack.prometheus import configuration
from lakefront.stack.state import Board, ComponentState, Phase
from tests.support.cli import ROOT
from tests.support.waiting import wait_for

PROGRAMS = ("prometheus", "node")


def _settings(tmp_path: Path, ports: dict[str, int], path: str = "") -> Settings:
    found = load_settings(bundle=ROOT, home=tmp_path / "home", environ={"PATH": path})
    found.home.prepare()
    return dataclasses.replace(found, ports=ports)


def _program(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def test_what_runs_here_is_scraped_and_what_does_not_is_not(tmp_path: Path) -> None:
    told = configuration(_settings(tmp_path, {"trino": 1, "monitor": 2, "objects": 3}))
    jobs = {job["job_name"]: job for job in told["scrape_configs"]}
    assert list(jobs) == ["trino", "lakefront"]
    assert jobs["trino"]["basic_auth"] == {"username": "prometheus", "password": ""}
    assert jobs["lakefront"]["static_configs"] == [{"targets": ["127.0.0.1:2"]}]
    assert told["rule_files"] == [str(ROOT / "deploy" / "prometheus" / "rules" / "*.yml")]


def test_a_program_is_found_under_either_of_its_names_or_where_the_manifest_says(tmp_path: Path) -> None:
    settings = _settings(tmp_path, {}, path=str(tmp_path / "bin"))
    assert programs.program(settings, "node") is None
    mine = _program(tmp_path / "bin", "prometheus-node-exporter")
    assert programs.program(settings, "node") == mine
    assert programs.required(settings, "node") == mine
    with pytest.raises(CheckFailedError, match="the program of prometheus is gone"):
        programs.required(settings, "prometheus")


def test_what_this_machine_lacks_is_left_out_of_a_group_and_told_when_it_was_asked_for(tmp_path: Path) -> None:
    settings = _settings(tmp_path, {}, path=str(tmp_path / "bin"))
    _program(tmp_path / "bin", "prometheus")
    names, left_out = control.startable(settings, ["trino", "node", "prometheus"], ["ops"])
    assert names == ["trino", "prometheus"]
    assert left_out == {
        "node": "there is no node here: `apt install prometheus-node-exporter`, or name it in [stack.programs]"
    }
    with pytest.raises(CheckFailedError, match="there is no node here") as error:
        control.startable(settings, ["trino", "node"], ["node"])
    assert "apt install prometheus-node-exporter" in error.value.fix


class TestMonitor:
    def test_it_tells_which_parts_run_what_they_take_and_what_is_in_the_buckets(self, tmp_path: Path) -> None:
        settings = _settings(tmp_path, {"trino": 1})
        sleeper = subprocess.Popen(["sleep", "60"])
        try:
            board = Board(settings.home.state_file, Identity.of(os.getpid()))
            identity = Identity.of(sleeper.pid)
            board.add(ComponentState("trino", "Trino", Phase.READY, "http://x", identity=identity, restarts=2))
            board.add(ComponentState("superset", "Superset", Phase.UNWELL, "http://x"))
            buckets = Buckets(lambda: [Bucket("media", 3, 12)])
            ended = threading.Event()
            counting = threading.Thread(target=buckets.run, args=(ended,))
            counting.start()
            wait_for(lambda: bool(buckets.known), within=10, what="the buckets")
            ended.set()
            counting.join(10)
            registry = CollectorRegistry()
            registry.register(Figures(settings, buckets))
            told = generate_latest(registry).decode().splitlines()
        finally:
            sleeper.kill()
            sleeper.wait()
        for line in (
            'lakefront_component_up{component="trino"} 1.0',
            'lakefront_component_up{component="superset"} 0.0',
            'lakefront_component_restarts_total{component="trino"} 2.0',
            'lakefront_objects_count{bucket="media"} 3.0',
            'lakefront_objects_bytes{bucket="media"} 12.0',
        ):
            assert line in told
        memory = next(line for line in told if line.startswith('lakefront_component_memory_bytes{component="trino"}'))
        assert float(memory.split()[-1]) > 100_000
        assert not any("opensearch" in line for line in told), "this stack has none"

    def test_buckets_that_cannot_be_counted_leave_the_other_figures(self) -> None:
        answers = iter([OSError("away"), [Bucket("media", 1, 1)]])
        ended = threading.Event()

        def count() -> list[Bucket]:
            answer = next(answers)
            if isinstance(answer, OSError):
                raise answer
            ended.set()
            return answer

        buckets = Buckets(count, every=0.01)
        buckets.run(ended)
        assert buckets.known == [Bucket("media", 1, 1)]

    @pytest.mark.parametrize(("said", "figure"), [("green", 0), ("yellow", 1), ("red", 2), ("blue", 3), ("", 3)])
    def test_opensearch_has_a_figure_for_each_colour(self, said: str, figure: int) -> None:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(f'{{"status": "{said}"}}'.encode() if said else b"not JSON")

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.handle_request, daemon=True).start()
        try:
            assert opensearch_status(f"http://127.0.0.1:{server.server_port}") == figure
        finally:
            server.server_close()

    def test_an_opensearch_that_does_not_answer_has_one_too(self) -> None:
        assert opensearch_status("http://127.0.0.1:1") == 3
