"""The supervisor: one background process a home that owns the components and outlives the terminal.

`run/wanted.json` says which components it should run; SIGHUP makes it read that file again (components are only
added; one that is configured for what joins is started anew), SIGTERM makes it stop everything it started.
"""

from __future__ import annotations

import dataclasses
import fcntl
import logging
import os
import queue
import signal
from collections.abc import Sequence
from pathlib import Path

from lakefront.config import LOOPBACK, Settings, load_settings, read_json, write_json
from lakefront.stack.logs import LogFile
from lakefront.stack.process import Identity, end
from lakefront.stack.registry import COMPONENTS, component
from lakefront.stack.runner import Runner
from lakefront.stack.state import Board, ComponentState, Phase, read_state

_log = logging.getLogger(__name__)


def wanted_file(settings: Settings) -> Path:
    """Return the file that names the components to run."""
    return settings.home.run / "wanted.json"


def write_wanted(settings: Settings, names: Sequence[str]) -> None:
    """Say which components the supervisor should run."""
    write_json(wanted_file(settings), {"components": list(names)})


def end_orphans(settings: Settings) -> list[str]:
    """End what a killed supervisor left running, each by pid and start time. Return their names."""
    ended: list[str] = []
    for name, state in read_state(settings.home.state_file).components.items():
        if state.identity and end(state.identity, within=component(name).stop_within):
            ended.append(name)
    return ended


class Supervisor:
    """Owns the runners of one home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._board = Board(settings.home.state_file, Identity.of(os.getpid()))
        self._runners: dict[str, Runner] = {}
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()

    def run(self) -> None:
        """Run until SIGTERM."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda received, _frame: self._signals.put(received))
        for item in COMPONENTS:
            if self._settings.service(item.name).external:
                self._add_external(item.name)
        try:
            self._start_wanted()
            while self._signals.get() == signal.SIGHUP:
                # Components that join were given their ports after this process began.
                self._settings = dataclasses.replace(self._settings, ports=self._settings.home.ports())
                self._start_wanted()
        finally:
            self._stop_all()

    def _add_external(self, name: str) -> None:
        url = self._settings.service(name).url
        self._board.add(ComponentState(name, component(name).title, Phase.EXTERNAL, url, detail="an existing service"))

    def _start_wanted(self) -> None:
        wanted: list[str] = read_json(wanted_file(self._settings)).get("components", [])
        joining = [name for name in wanted if name not in self._runners]
        renewed = [name for name in self._runners if set(joining).intersection(component(name).beside)]
        for name in renewed:
            # Told before anything joins, so that nobody takes a server that is about to stop for a ready one.
            self._runners[name].stop()
            detail = f"starting anew, configured for {', '.join(joining)}"
            self._board.update(name, phase=Phase.RESTARTING, detail=detail)
        for name in wanted:
            old = self._runners.get(name)
            if old and self._board.get(name).phase is not Phase.FAILED:
                continue
            self._add_runner(name)
        for name in wanted:
            runner = self._runners[name]
            if self._board.get(name).phase is Phase.WAITING:
                runner.start()
        for name in renewed:
            self._runners[name].join()
            self._add_runner(name)
            self._runners[name].start()

    def _add_runner(self, name: str) -> None:
        item = component(name)
        url = f"http://{LOOPBACK}:{self._settings.ports[name]}"
        self._board.add(ComponentState(name, item.title, Phase.WAITING, url))
        self._runners[name] = Runner(item, self._settings, self._board)

    def _stop_all(self) -> None:
        _log.info("stopping")
        # Front ends first, so that nobody sees them without the services under them.
        for runner in reversed(list(self._runners.values())):
            runner.stop()
        for runner in self._runners.values():
            runner.join()


def main(argv: Sequence[str]) -> int:
    """Run the supervisor of one home: `python -m lakefront.stack BUNDLE HOME ENV`."""
    bundle, home, env = argv
    settings = load_settings(bundle=Path(bundle), home=Path(home), env=env)
    settings.home.prepare()
    handler = _JsonHandler(LogFile(settings.home.logs / "supervisor.log", "supervisor"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], format="%(name)s: %(message)s")
    for name in ("httpx", "lakefront.trino"):
        logging.getLogger(name).setLevel(logging.WARNING)  # a line a probe would fill the log
    with (settings.home.run / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("another supervisor of this home is running")
            return 0
        ended = end_orphans(settings)
        if ended:
            _log.warning("ended what an earlier supervisor left behind: %s", ", ".join(ended))
        Supervisor(settings).run()
    return 0


class _JsonHandler(logging.Handler):
    """Writes the supervisor's own records into its JSON log."""

    def __init__(self, file: LogFile) -> None:
        super().__init__()
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        self._file.write(f"{record.levelname} {self.format(record)}")
