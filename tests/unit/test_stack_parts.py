"""The small parts of the stack: ports, logs, state, identities, limits, and what is shown."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from lakefront.cli.display import Display, Line
from lakefront.config import Settings, load_settings, write_json
from lakefront.errors import BadInputError, CheckFailedError, from_dict
from lakefront.stack import control, preflight
from lakefront.stack.logs import LogFile
from lakefront.stack.ports import choose_ports, is_free
from lakefront.stack.process import Identity, end
from lakefront.stack.state import Board, ComponentState, Phase, read_state
from tests.support.waiting import wait_for


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "lakefront.toml").write_text('[bundle]\nname = "x"\n', encoding="utf-8")
    found = load_settings(bundle=tmp_path, environ={})
    found.home.prepare()
    return found


class TestPorts:
    def test_a_taken_port_names_the_holder_and_the_setting(self, settings: Settings) -> None:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            port = server.getsockname()[1]
            text = f'[bundle]\nname = "x"\n[stack.ports]\ntrino = {port}\n'
            (settings.bundle / "lakefront.toml").write_text(text, encoding="utf-8")
            again = load_settings(bundle=settings.bundle, environ={})
            with pytest.raises(BadInputError) as caught:
                choose_ports(again, ["trino"], auto=False)
        message = str(caught.value)
        assert f"port {port} of trino is held by" in message
        assert f"pid {os.getpid()}" in message
        assert "[stack.ports] trino" in message
        assert "--ports auto" in message

    def test_free_ports_are_all_different(self, settings: Settings) -> None:
        names = ["objects", "catalog", "trino", "superset", "explorer"]
        chosen = choose_ports(settings, names, auto=True)
        assert len(set(chosen.values())) == len(names)
        assert all(is_free(port) for port in chosen.values())

    def test_free_ports_are_those_of_the_last_start_if_they_can_be(self, settings: Settings) -> None:
        first = choose_ports(settings, ["trino", "catalog"], auto=True)
        write_json(settings.home.ports_file, first)
        assert choose_ports(settings, ["trino", "catalog"], auto=True) == first
        with socket.socket() as server:
            server.bind(("127.0.0.1", first["trino"]))
            server.listen()
            again = choose_ports(settings, ["trino", "catalog"], auto=True)
        assert again["catalog"] == first["catalog"]
        assert again["trino"] != first["trino"]

    def test_one_port_for_two_components_is_refused(self, settings: Settings) -> None:
        text = '[bundle]\nname = "x"\n[stack.ports]\ntrino = 39482\ncatalog = 39482\n'
        (settings.bundle / "lakefront.toml").write_text(text, encoding="utf-8")
        again = load_settings(bundle=settings.bundle, environ={})
        with pytest.raises(BadInputError, match="catalog and trino have the same port"):
            choose_ports(again, ["catalog", "trino"], auto=False)


class TestLogs:
    def test_lines_become_json_with_their_level(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "x.log", "x")
        log.write("2026-01-01 WARNING something is odd")
        log.write('{"level": "error", "message": "bad", "query_id": "q1"}')
        log.write("{not json")
        log.write('{"ts": "2026-01-01T00:00:00Z", "level": "warn", "msg": "of Go", "caller": "x.go:1"}')
        log.write('{"level": "info", "logger": "x", "msg": "of Grafana", "t": "2026-01-01T00:00:00Z"}')
        lines = (tmp_path / "x.log").read_text().splitlines()
        first, second, third, fourth, fifth = (json.loads(line) for line in lines)
        assert (first["level"], first["service"]) == ("WARN", "x")
        assert (second["level"], second["message"], second["query_id"]) == ("ERROR", "bad", "q1")
        assert third["message"] == "{not json"
        told = {
            "timestamp": "2026-01-01T00:00:00Z",
            "level": "WARN",
            "service": "x",
            "message": "of Go",
            "caller": "x.go:1",
        }
        assert fourth == told
        assert (fifth["timestamp"], fifth["message"]) == ("2026-01-01T00:00:00Z", "of Grafana")
        assert "t" not in fifth
        assert all("timestamp" in record for record in (first, second, third))

    @pytest.mark.parametrize(
        "line",
        [
            '{"message": "half of a pair: \\ud800"}',
            '{"message": {"deep": ' + '{"a":' * 100_000,
            '{"level": ["a", "list"], "message": null}',
            '{"message": NaN}',
            '{"message": ' + "9" * 10_000 + "}",
            "[1, 2]",
            "\x00\u2028\x1b[31m",
        ],
    )
    def test_a_malformed_line_is_kept_and_stops_nothing(self, tmp_path: Path, line: str) -> None:
        log = LogFile(tmp_path / "x.log", "x")
        log.write(line)
        log.write("INFO after it")
        written = (tmp_path / "x.log").read_text(encoding="utf-8").removesuffix("\n").split("\n")
        assert [json.loads(each)["service"] for each in written] == ["x", "x"]
        assert json.loads(written[1])["message"] == "INFO after it"

    def test_a_disk_without_room_holds_up_no_component_and_the_gap_is_told(self, tmp_path: Path) -> None:
        full, room = tmp_path / "x.log", tmp_path / "room"
        full.symlink_to("/dev/full")
        log = LogFile(full, "x")
        read, write = os.pipe()
        thread = log.pump(os.fdopen(read, "rb"))
        with os.fdopen(write, "wb") as output:
            for number in range(3):
                output.write(f"INFO line {number}\n".encode() * 5_000)
            output.flush()
        thread.join(30)
        assert not thread.is_alive()
        full.unlink()
        full.symlink_to(room)
        log.write("INFO there is room again")
        gap, after = (json.loads(line) for line in room.read_text(encoding="utf-8").split("\n") if line)
        assert (gap["level"], gap["message"]) == ("ERROR", "ERROR 15000 lines before this could not be written here")
        assert after["message"] == "INFO there is room again"

    def test_a_trace_is_one_record_with_what_it_belongs_to(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "x.log", "x")
        java = [
            "12:00 ERROR Servlet - cannot",
            "org.x.NotThereException: no view",
            "\tat org.x.A.b(A.java:1)",
            "Caused by: y",
            "\t... 9 more",
        ]
        python = ["ERROR app: failed", "Traceback (most recent call last):", '  File "a.py", line 1', "ValueError: odd"]
        lines = ["INFO begun", *java, *python, '{"message": "json"}', "  indented, of nobody", "\ttoo", "INFO end", ""]
        read, write = os.pipe()
        thread = log.pump(os.fdopen(read, "rb"))
        with os.fdopen(write, "wb") as output:
            for line in lines:
                output.write(f"{line}\n".encode())
                output.flush()
        thread.join(10)
        found = [json.loads(line) for line in (tmp_path / "x.log").read_text().splitlines()]
        assert [(each["message"], each.get("stackTrace")) for each in found] == [
            ("INFO begun", None),
            (java[0], "\n".join(java[1:])),
            (python[0], "\n".join(python[1:])),
            ("json", None),
            ("  indented, of nobody", "\ttoo"),
            ("INFO end", None),
        ]
        assert found[1]["level"] == "ERROR"

    def test_a_line_is_kept_while_nothing_follows_and_one_without_end_is_cut(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "x.log", "x")
        read, write = os.pipe()
        thread = log.pump(os.fdopen(read, "rb"))
        with os.fdopen(write, "wb") as output:
            output.write(b"INFO waiting\n")
            output.flush()
            wait_for((tmp_path / "x.log").exists, within=10, what="the line")
            output.write(b"x" * 2_500_000)
        thread.join(30)
        messages = [json.loads(line)["message"] for line in (tmp_path / "x.log").read_text().splitlines()]
        assert messages[0] == "INFO waiting"
        assert sum(map(len, messages[1:])) == 2_500_000
        assert max(map(len, messages)) < 1_100_000

    def test_a_large_log_is_rotated_and_old_ones_go(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("lakefront.stack.logs._MAX_BYTES", 1000)
        log = LogFile(tmp_path / "x.log", "x")
        for number in range(200):
            log.write(f"line {number}")
        files = sorted(path.name for path in tmp_path.iterdir())
        assert files == ["x.log", "x.log.1", "x.log.2", "x.log.3"]
        assert "line 199" in (tmp_path / "x.log").read_text() + (tmp_path / "x.log.1").read_text()


class TestState:
    def test_what_is_written_is_read_back(self, tmp_path: Path) -> None:
        me = Identity.of(os.getpid())
        board = Board(tmp_path / "stack.json", me)
        board.add(ComponentState("trino", "Trino 476", Phase.STARTING, "http://127.0.0.1:1", identity=me))
        board.update("trino", phase=Phase.READY)
        state = read_state(tmp_path / "stack.json")
        assert state.supervised
        assert state.components["trino"] == board.get("trino")

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"components": {}}'])
    def test_a_damaged_or_empty_file_is_an_empty_state(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "stack.json").write_text(text, encoding="utf-8")
        state = read_state(tmp_path / "stack.json")
        assert not state.supervised
        assert state.components == {}

    def test_errors_travel_through_the_file(self) -> None:
        error = BadInputError("port-taken", "port 1 is taken", fix="change it")
        again = from_dict(error.as_dict())
        assert (type(again), str(again)) == (BadInputError, str(error))


class TestIdentity:
    def test_a_later_process_with_the_same_pid_is_not_ours(self) -> None:
        with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as child:
            identity = Identity.of(child.pid)
            assert identity is not None
            impostor = Identity(child.pid, identity.started - 100)
            assert not impostor.alive
            assert not end(impostor, within=1)
            assert child.poll() is None
            assert end(identity, within=5)
        assert not identity.alive


class TestLimits:
    def test_too_little_memory_says_what_to_leave_out(self) -> None:
        with pytest.raises(CheckFailedError) as caught:
            preflight.require_memory(["trino", "superset"], available_mb=1000)
        assert "1,000 MB of memory are free" in caught.value.what
        assert "--without superset" in caught.value.fix

    def test_too_little_disk_names_the_folder(self, tmp_path: Path) -> None:
        with pytest.raises(CheckFailedError, match="10 MB free"):
            preflight.require_disk(tmp_path, wanted_mb=500, free_mb=10)

    def test_enough_is_enough(self, tmp_path: Path) -> None:
        preflight.require_memory(["objects"], available_mb=100_000)
        preflight.require_disk(tmp_path, wanted_mb=1, free_mb=2)


class TestSelection:
    def test_only_and_without(self, settings: Settings) -> None:
        assert control.select(settings, [], []) == ["objects", "catalog", "audit", "trino", "superset", "explorer"]
        assert control.select(settings, ["explorer", "trino"], []) == ["trino", "explorer"]
        assert "superset" not in control.select(settings, [], ["superset"])

    def test_the_audit_goes_with_a_trino_of_our_own(self, settings: Settings) -> None:
        given = dataclasses.replace(settings, environ={"LAKEFRONT_TRINO_URL": "https://trino.example.com"})
        assert "audit" not in control.select(given, [], [])
        assert control.select(given, ["audit"], []) == ["audit"]
        assert "audit" not in control.select(settings, [], ["audit"])
        assert control.select(settings, ["objects", "catalog", "trino"], []) == ["objects", "catalog", "trino"]

    def test_an_unknown_name_gets_the_nearest(self, settings: Settings) -> None:
        with pytest.raises(BadInputError, match="Did you mean 'superset'"):
            control.select(settings, ["supperset"], [])


class TestDisplay:
    def test_without_a_terminal_each_change_is_one_plain_line(self) -> None:
        text = io.StringIO()
        with Display(Console(file=text, width=200, highlight=False)) as display:
            for done in range(0, 1001, 10):
                line = Line(
                    "trino", "Trino", Phase.PREPARING, f"downloading x ({done} MB/s)", done, 1000, in_bytes=True
                )
                display.update([line])
            display.update([Line("trino", "Trino", Phase.READY)])
        lines = [line.split("] ", 1)[1] for line in text.getvalue().splitlines()]
        assert lines == [
            *(f"Trino: preparing - downloading x {share}%" for share in (0, 25, 50, 75, 100)),
            "Trino: ready",
        ]

    def test_on_a_terminal_there_is_a_line_with_a_bar(self) -> None:
        text = io.StringIO()
        with Display(Console(file=text, width=160, force_terminal=True)) as display:
            display.update(
                [Line("trino", "Trino 476", Phase.PREPARING, "downloading", 410_000_000, 820_000_000, in_bytes=True)]
            )
        assert "Trino 476" in text.getvalue()
        assert "410 of 820 MB" in text.getvalue()
