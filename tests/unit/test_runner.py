"""One component's life, with small real processes in the place of servers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lakefront.config import Settings, load_settings
from lakefront.errors import BadInputError, CheckFailedError, Location
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.runner import Runner
from lakefront.stack.state import Board, ComponentState, Phase, read_state
from tests.support.waiting import wait_for

SLEEPER = "import signal, sys\nprint('hello from the sleeper', flush=True)\nsignal.pause()"
STUBBORN = (
    "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('I do not go', flush=True)\nwhile True: signal.pause()"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "lakefront.toml").write_text('[bundle]\nname = "x"\n', encoding="utf-8")
    found = load_settings(bundle=tmp_path)
    found.home.prepare()
    return found


@pytest.fixture
def run(settings: Settings) -> Iterator[Callable[..., tuple[Runner, Board]]]:
    started: list[Runner] = []

    def make(
        code: str,
        probe: Callable[[Settings], str | None] = lambda _: None,
        ready_within: float = 20,
        settle: Callable[[Context], None] = lambda _: None,
        other: Phase | None = None,
    ) -> tuple[Runner, Board]:
        def launch(context: Context) -> Launch:
            return Launch((sys.executable, "-c", code), cwd=settings.home.root)

        component = Component(
            "thing",
            "Thing 1",
            lambda _: None,
            launch,
            probe,
            memory_mb=1,
            disk_mb=1,
            beside=("other",),
            settle=settle,
            ready_within=ready_within,
            stop_within=1,
        )
        board = Board(settings.home.state_file, None)
        if other:
            board.add(ComponentState("other", "Other 1", other, "http://127.0.0.1:2"))
        board.add(ComponentState("thing", "Thing 1", Phase.WAITING, "http://127.0.0.1:1"))
        runner = Runner(component, settings, board)
        started.append(runner)
        runner.start()
        return runner, board

    yield make
    for runner in started:
        runner.stop()
        runner.join()


def test_it_becomes_ready_and_its_output_becomes_json_lines(run, settings: Settings) -> None:
    _, board = run(SLEEPER)
    wait_for(lambda: board.get("thing").phase is Phase.READY)
    log = settings.home.logs / "thing.log"
    wait_for(lambda: log.exists() and "hello from the sleeper" in log.read_text(encoding="utf-8"))
    assert read_state(settings.home.state_file).components["thing"].phase is Phase.READY


def test_a_killed_process_is_started_again_and_counted(run) -> None:
    _, board = run(SLEEPER)
    wait_for(lambda: board.get("thing").phase is Phase.READY)
    first = board.get("thing").identity
    assert first is not None
    psutil.Process(first.pid).kill()
    wait_for(lambda: board.get("thing").restarts == 1 and board.get("thing").phase is Phase.READY)
    second = board.get("thing").identity
    assert second is not None
    assert second != first
    assert not first.alive


def test_what_cannot_start_fails_with_its_last_words(run) -> None:
    _, board = run("raise SystemExit('the port is haunted')", probe=lambda _: "no answer")
    wait_for(lambda: board.get("thing").phase is Phase.FAILED)
    error = board.get("thing").error
    assert error is not None
    assert error["code"] == "component-died"
    assert "the port is haunted" in error["what"]
    assert "exit code 1" in error["what"]
    assert "lakefront logs thing" in error["fix"]


def test_what_never_answers_fails_with_what_is_missing(run) -> None:
    _, board = run(SLEEPER, probe=lambda _: "catalog x: not there", ready_within=0.5)
    wait_for(lambda: board.get("thing").phase is Phase.FAILED)
    error = board.get("thing").error
    assert error is not None
    assert "catalog x: not there" in error["what"]


def test_it_is_ready_when_it_is_settled_and_is_settled_after_each_start(run) -> None:
    settled: list[Phase] = []
    made: list[Board] = []

    def settle(_: Context) -> None:
        wait_for(lambda: made)
        settled.append(made[0].get("thing").phase)

    _, board = run(SLEEPER, settle=settle)
    made.append(board)
    wait_for(lambda: board.get("thing").phase is Phase.READY)
    identity = board.get("thing").identity
    assert identity is not None
    psutil.Process(identity.pid).kill()
    wait_for(lambda: board.get("thing").restarts == 1 and board.get("thing").phase is Phase.READY)
    assert settled == [Phase.STARTING, Phase.STARTING]


def test_what_refuses_to_be_settled_is_started_again_before_it_fails(run) -> None:
    def settle(_: Context) -> None:
        raise CheckFailedError("refused", "it refuses the template", fix="see its log")

    _, board = run(SLEEPER, settle=settle)
    wait_for(lambda: board.get("thing").phase is Phase.FAILED)
    error = board.get("thing").error
    assert error is not None
    assert error["code"] == "component-died"
    assert "it refuses the template" in error["what"]
    assert board.get("thing").restarts == 1


def test_a_file_that_cannot_be_right_fails_at_once(run) -> None:
    def settle(_: Context) -> None:
        raise BadInputError("setup", "not a template", where=Location(Path("t.json"), 3), fix="mend it")

    _, board = run(SLEEPER, settle=settle)
    wait_for(lambda: board.get("thing").phase is Phase.FAILED)
    error = board.get("thing").error
    assert error is not None
    assert (error["code"], error["where"]) == ("setup", "t.json:3")
    assert board.get("thing").restarts == 0


def test_it_waits_for_an_optional_neighbour_but_not_for_a_failed_one(run) -> None:
    _, board = run(SLEEPER, other=Phase.STARTING)
    wait_for(lambda: board.get("thing").detail == "waiting for other")
    assert board.get("thing").identity is None
    board.update("other", phase=Phase.FAILED)
    wait_for(lambda: board.get("thing").phase is Phase.READY)


def test_stopping_ends_the_process_even_a_stubborn_one(run, settings: Settings) -> None:
    runner, board = run(STUBBORN)
    log = settings.home.logs / "thing.log"
    wait_for(lambda: log.exists() and "I do not go" in log.read_text(encoding="utf-8"))
    wait_for(lambda: board.get("thing").phase is Phase.READY)
    identity = board.get("thing").identity
    assert identity is not None
    runner.stop()
    runner.join()
    assert not identity.alive
    assert board.get("thing").phase is Phase.STOPPED
