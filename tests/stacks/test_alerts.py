"""A fault, the alert that it raises, and whom it reaches: Prometheus, Alertmanager and a receiver of ours."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from lakefront.config import load_settings
from lakefront.stack.programs import PROGRAMS, program
from lakefront.stack.state import read_state
from tests.support.cli import ROOT, lakefront
from tests.support.own_stack import OwnStack
from tests.support.waiting import wait_for

PARTS = ("monitor", "node", "alertmanager", "prometheus")


class Receiver:
    """Keeps what it is sent, as somebody on call would read it."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        kept = self.alerts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kept.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def of(self, uid: str, status: str) -> list[dict[str, Any]]:
        return [each for each in self.alerts if each["labels"].get("uid") == uid and each["status"] == status]

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[OwnStack]:
    """A stack whose rules are this bundle's, but look every second and wait for one."""
    folder = tmp_path_factory.mktemp("alerts")
    bundle, home = folder / "bundle", folder / "home"
    absent = [PROGRAMS[name][1] for name in PROGRAMS if not program(load_settings(bundle=ROOT, home=home), name)]
    if absent:
        pytest.skip(f"Debian's {', '.join(absent)} is not installed here")
    _quick(bundle)
    arguments = ("--bundle", str(bundle))
    try:
        built = lakefront(*arguments, "grafana", "build", home=home)
        assert built.returncode == 0, built.stderr
        started = lakefront(
            *(*arguments, "up", "--only", ",".join(PARTS), "--ports", "auto", "--no-seed"),
            home=home,
            env={"LAKEFRONT_ALERT_WEBHOOK": receiver.url},
            timeout=300,
        )
        assert started.returncode == 0, started.stderr
        yield OwnStack(bundle, home)
    finally:
        lakefront(*arguments, "down", home=home)


def _quick(bundle: Path) -> None:
    bundle.mkdir()
    for part in ("semantic_layer", "superset_assets", "streamlit_app", "lakefront.toml"):
        (bundle / part).symlink_to(ROOT / part)
    for part in ("grafana_dashboards", "deploy"):
        shutil.copytree(ROOT / part, bundle / part)
    file = bundle / "grafana_dashboards" / "alerts" / "platform.yml"
    text = file.read_text(encoding="utf-8")
    assert "lasting: 2m" in text
    file.write_text(text.replace("every: 1m", "every: 1s").replace("lasting: 2m", "lasting: 1s"), encoding="utf-8")


def _ask(stack: OwnStack, service: str, path: str) -> Any:
    answer = httpx.get(f"{stack.settings.service(service).url}{path}", timeout=10, trust_env=False)
    return answer.raise_for_status().json()


def test_every_part_is_scraped_and_every_rule_is_loaded(stack: OwnStack) -> None:
    def up() -> set[str]:
        targets = _ask(stack, "prometheus", "/api/v1/targets")["data"]["activeTargets"]
        return {each["labels"]["job"] for each in targets if each["health"] == "up"}

    wait_for(lambda: up() == {"lakefront", "node", "alertmanager", "prometheus"}, within=60, what="all targets up")
    groups = _ask(stack, "prometheus", "/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 10
    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}, [rule.get("lastError") for rule in rules]


def test_a_component_that_is_down_is_told_and_so_is_its_return(stack: OwnStack, receiver: Receiver) -> None:
    def end_it() -> bool:
        identity = read_state(stack.settings.home.state_file).components["node"].identity
        process = identity.process() if identity else None
        if process:
            process.kill()  # the supervisor starts it anew, later each time
        return bool(receiver.of("component-down", "firing"))

    wait_for(end_it, within=120, what="the alert to arrive")
    alert = receiver.of("component-down", "firing")[0]
    assert alert["labels"]["job"] == "node"
    assert alert["labels"]["severity"] == "page"
    assert alert["annotations"]["summary"].startswith("node at 127.0.0.1:")
    page = alert["annotations"]["runbook_url"].rpartition("/docs/")[2]
    assert (ROOT / "docs" / page).is_file()
    wait_for(lambda: bool(receiver.of("component-down", "resolved")), within=240, what="the end of the alert to arrive")
