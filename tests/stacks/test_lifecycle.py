"""`up`, `status`, `down`, kills and interrupts, on the two components that start fastest."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from lakefront.config import load_settings
from lakefront.stack.state import Phase, read_state
from tests.support.cli import ROOT, command, environ, lakefront
from tests.support.waiting import wait_for

PARTS = ("--only", "objects,catalog", "--ports", "auto")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    yield path
    lakefront("down", home=path)
    assert processes_of(path) == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("lifecycle") / "home"
    yield path
    lakefront("down", home=path)
    assert processes_of(path) == []


@pytest.fixture
def running(shared: Path) -> Path:
    """One home for all tests that find it running; whatever a test did to it, it runs again for the next."""
    started = lakefront("up", *PARTS, home=shared)
    assert started.returncode == 0, started.stderr
    return shared


def processes_of(home: Path) -> list[str]:
    """Processes that name the home in their arguments: whatever a stack of that home started."""
    found: list[str] = []
    for process in psutil.process_iter(["cmdline", "pid", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(home) in line and process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            found.append(f"{process.pid} {line[:120]}")
    return found


def rows(home: Path) -> dict[str, dict[str, Any]]:
    output = lakefront("status", "--format", "json", home=home).stdout
    return {row["component"]: row for row in json.loads(output)}


def bucket(home: Path):
    settings = load_settings(bundle=ROOT, home=home, environ={})
    return boto3.resource(
        "s3",
        endpoint_url=settings.service("objects").url,
        aws_access_key_id=settings.secrets.s3_access_key,
        aws_secret_access_key=settings.secrets.s3_secret_key,
        region_name="us-east-1",
    ).Bucket("media")


def test_up_twice_status_and_down(running: Path) -> None:
    before = rows(running)
    assert before["objects"]["ready"]
    assert before["catalog"]["ready"]
    assert before["trino"]["state"] == "not started"
    again = lakefront("up", *PARTS, home=running)
    assert again.returncode == 0, again.stderr
    assert rows(running)["objects"]["pid"] == before["objects"]["pid"]

    assert lakefront("down", home=running).returncode == 0
    after = lakefront("status", "--format", "json", home=running)
    assert after.returncode == 4
    assert {row["state"] for row in json.loads(after.stdout)} == {"stopped", "not started"}
    assert "nothing was running" in lakefront("down", home=running).stderr


def test_secrets_are_private_and_not_printed(running: Path) -> None:
    secrets = json.loads((running / "secrets.json").read_text(encoding="utf-8"))
    assert (running / "secrets.json").stat().st_mode & 0o777 == 0o600
    said = lakefront("up", *PARTS, home=running)
    text = said.stdout + said.stderr + json.dumps(rows(running)) + lakefront("logs", home=running).stdout
    assert not [name for name, value in secrets.items() if name != "s3_access_key" and value in text]
    assert lakefront("password", home=running).stdout == secrets["superset_password"] + "\n"


def test_everything_listens_on_loopback_only(running: Path) -> None:
    pids = {row["pid"] for row in rows(running).values() if row["pid"]}
    addresses = [
        connection.laddr.ip
        for pid in pids
        for connection in psutil.Process(pid).net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(addresses) >= 2
    assert {address.removeprefix("::ffff:") for address in addresses} == {"127.0.0.1"}


def test_more_components_join_a_running_stack(home: Path) -> None:
    assert lakefront("up", "--only", "objects", "--ports", "auto", home=home).returncode == 0
    first = rows(home)["objects"]["pid"]
    joined = lakefront("up", *PARTS, home=home)
    assert joined.returncode == 0, joined.stderr
    now = rows(home)
    assert now["objects"]["pid"] == first
    assert now["catalog"]["ready"]


def test_a_killed_component_comes_back(running: Path) -> None:
    before = rows(running)["objects"]
    psutil.Process(before["pid"]).kill()
    wait_for(lambda: rows(running)["objects"]["restarts"] == before["restarts"] + 1)
    wait_for(lambda: rows(running)["objects"]["ready"])


def test_after_a_kill_of_everything_up_recovers_and_the_data_is_there(running: Path) -> None:
    bucket(running).put_object(Key="한국어/키.txt", Body=b"still here")
    state = read_state(running / "run" / "stack.json")
    assert state.supervisor is not None
    for identity in (state.supervisor, *(item.identity for item in state.components.values() if item.identity)):
        psutil.Process(identity.pid).kill()
    assert lakefront("status", home=running).returncode == 4
    again = lakefront("up", *PARTS, home=running)
    assert again.returncode == 0, again.stderr
    assert bucket(running).Object("한국어/키.txt").get()["Body"].read() == b"still here"


def test_a_killed_supervisor_leaves_orphans_that_up_and_down_end(running: Path) -> None:
    state = read_state(running / "run" / "stack.json")
    assert state.supervisor is not None
    psutil.Process(state.supervisor.pid).kill()
    assert rows(running)["objects"]["state"] == "orphaned"
    assert not rows(running)["objects"]["ready"]
    assert lakefront("down", home=running).returncode == 0
    assert processes_of(running) == []


def test_two_homes_side_by_side(running: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    try:
        assert lakefront("up", *PARTS, home=other).returncode == 0
        assert rows(other)["objects"]["url"] != rows(running)["objects"]["url"]
    finally:
        lakefront("down", home=other)
    assert rows(running)["objects"]["ready"]
    assert rows(running)["catalog"]["ready"]


@pytest.fixture
def deaf_server() -> Iterator[str]:
    """A Maven repository that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("moment", ["at once", "downloading", "starting", "almost ready"])
def test_an_interrupt_at_any_moment_leaves_nothing_running(
    home: Path, tmp_path: Path, moment: str, deaf_server: str
) -> None:
    # A shell starts what runs in its background deaf to interrupts, and children are as deaf as we are.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    env: dict[str, str] = {}
    if moment == "downloading":
        cache = {"LAKEFRONT_CACHE": str(tmp_path / "cache"), "M2_REPO": str(tmp_path / "m2")}
        env = {"LAKEFRONT_MAVEN_REPOSITORY": deaf_server, **cache}
    with subprocess.Popen(
        command("up", *PARTS, home=home),
        cwd=ROOT,
        env=environ(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        state_file = home / "run" / "stack.json"
        if moment == "at once":
            wait_for(lambda: psutil.Process(process.pid).cpu_times().user > 0.1)
        else:
            phase = {"downloading": Phase.PREPARING, "starting": Phase.STARTING, "almost ready": Phase.READY}[moment]
            wait_for(lambda: any(item.phase is phase for item in read_state(state_file).components.values()))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 5, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert processes_of(home) == []
    again = lakefront("up", *PARTS, home=home)
    assert again.returncode == 0, again.stderr


def test_a_taken_port_starts_nothing(home: Path, tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        (tmp_path / "lakefront.toml").write_text(
            f'[bundle]\nname = "x"\n[stack.ports]\nobjects = {port}\n', encoding="utf-8"
        )
        refused = lakefront("--bundle", str(tmp_path), "up", "--only", "objects", home=home)
    assert refused.returncode == 2
    assert f"port {port} of objects is held by" in refused.stderr
    assert f"pid {os.getpid()}" in refused.stderr
    assert processes_of(home) == []


def test_an_existing_service_takes_the_place_of_a_component(running: Path, tmp_path: Path) -> None:
    secrets = json.loads((running / "secrets.json").read_text(encoding="utf-8"))
    other = tmp_path / "other"
    env = {
        "LAKEFRONT_OBJECTS_URL": rows(running)["objects"]["url"],
        "LAKEFRONT_S3_ACCESS_KEY": secrets["s3_access_key"],
        "LAKEFRONT_S3_SECRET_KEY": secrets["s3_secret_key"],
    }
    try:
        started = lakefront("up", *PARTS, home=other, env=env)
        assert started.returncode == 0, started.stderr
        shown = json.loads(lakefront("status", "--format", "json", home=other, env=env).stdout)
        states = {row["component"]: row["state"] for row in shown}
        assert states["objects"] == "external"
        assert states["catalog"] == "ready"
        assert not (other / "data" / "objects").exists()
    finally:
        lakefront("down", home=other, env=env)
    assert rows(running)["objects"]["ready"]


def test_logs_are_json_lines(running: Path) -> None:
    output = lakefront("logs", "catalog", "--format", "json", home=running).stdout
    records = [json.loads(line) for line in output.splitlines()]
    assert records
    assert all({"timestamp", "level", "service", "message"} <= record.keys() for record in records)
