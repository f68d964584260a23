"""One component's life: prepare, start, wait until ready, watch, restart with back-off, stop."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from typing import Final

from lakefront.config import Settings
from lakefront.errors import CheckFailedError, LakefrontError, UnreachableError
from lakefront.stack.component import Component, Context
from lakefront.stack.download import CancelledError
from lakefront.stack.logs import LogFile
from lakefront.stack.process import Identity, end, spawn
from lakefront.stack.state import Board, Phase

_log = logging.getLogger(__name__)

_FIRST_BACKOFF: Final = 1.0
_LONGEST_BACKOFF: Final = 30.0
#: A process that lived this long was well: its next death starts with a short back-off again.
_SETTLED_SECONDS: Final = 60.0
#: How long to wait for work that no process of ours does: what it leaves behind is swept by the next start.
_PATIENCE_SECONDS: Final = 3.0
_PROBE_EVERY: Final = 0.25
#: Seconds between two looks at a component: one that is well, and one that has just not answered. A look at Trino is a
#: few queries, a look at Superset a page.
_WATCH_EVERY: Final = (15.0, 5.0)
_UNWELL_AFTER: Final = 3
#: A component that dies this often before it was ever ready will not come up by itself.
_START_ATTEMPTS: Final = 2


class Runner:
    """Keeps one component running, in a thread of its own, until `stop`."""

    def __init__(self, component: Component, settings: Settings, board: Board) -> None:
        self.component = component
        self._settings = settings
        self._board = board
        self._stopping = threading.Event()
        self._log = LogFile(settings.home.logs / f"{component.name}.log", component.name)
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=component.name, daemon=True)
        self._context = Context(component.name, settings, self._report, self._stopping, self._track)

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the component to end; `join` waits for it."""
        self._stopping.set()

    def join(self) -> None:
        """Wait until the component has ended. A download that hangs is left to die with this process."""
        busy = self._process or self._board.get(self.component.name).identity
        self._thread.join(self.component.stop_within + 15 if busy else _PATIENCE_SECONDS)

    def _report(self, detail: str, done: int | None = None, total: int | None = None) -> None:
        self._board.update(self.component.name, minor=done is not None, detail=detail, done=done, total=total)

    def _track(self, identity: Identity | None) -> None:
        self._board.update(self.component.name, identity=identity)

    def _run(self) -> None:
        name = self.component.name
        try:
            self._wait_for_others()
            self._board.update(name, phase=Phase.PREPARING)
            self.component.prepare(self._context)
            self._keep_running()
        except CancelledError:
            pass  # told to stop while preparing
        except LakefrontError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - the thread's outermost edge: what nobody foresaw must be shown too
            _log.exception("component %s", name)
            what = f"{type(error).__name__}: {error}"
            self._fail(UnreachableError("component-defect", what, fix="see `lakefront logs supervisor` and report it"))
        finally:
            self._end_process()
        if self._stopping.is_set():
            self._board.update(name, phase=Phase.STOPPED, identity=None)

    def _fail(self, error: LakefrontError) -> None:
        self._board.update(self.component.name, phase=Phase.FAILED, error=error.as_dict(), identity=None)

    def _wait_for_others(self) -> None:
        for other in self.component.after:
            while self._board.get(other).phase not in {Phase.READY, Phase.EXTERNAL}:
                self._report(f"waiting for {other}")
                if self._stopping.wait(_PROBE_EVERY):
                    raise CancelledError
        for other in filter(self._board.has, self.component.beside):
            while self._board.get(other).phase not in {Phase.READY, Phase.EXTERNAL, Phase.FAILED}:
                self._report(f"waiting for {other}")
                if self._stopping.wait(_PROBE_EVERY):
                    raise CancelledError

    def _keep_running(self) -> None:
        name = self.component.name
        backoff, attempts, restarts, was_ready = _FIRST_BACKOFF, 0, 0, False
        while not self._stopping.is_set():
            began = time.monotonic()
            process = self._process = spawn(self.component.launch(self._context), self._settings.environ)
            problem = self._wait_until_ready(process)
            if problem is None:
                was_ready = True
                self._board.update(name, phase=Phase.READY)
                problem = self._watch(process)
            self._end_process()
            if self._stopping.is_set():
                return
            attempts += 1
            if not was_ready and attempts >= _START_ATTEMPTS:
                raise UnreachableError(
                    "component-died",
                    f"{self.component.title} does not start: {problem}; its last words: {self._last_words()}",
                    fix=f"read `lakefront logs {name}`, mend what it says and run `lakefront up` again",
                )
            if time.monotonic() - began > _SETTLED_SECONDS:
                backoff = _FIRST_BACKOFF
            restarts += 1
            detail = f"{problem}; starting again in {backoff:.0f} s"
            self._log.write(f"WARN supervisor: {detail}")
            self._board.update(name, phase=Phase.RESTARTING, detail=detail, restarts=restarts, identity=None)
            self._stopping.wait(backoff)
            backoff = min(backoff * 2, _LONGEST_BACKOFF)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> str | None:
        """Wait until the process answers. Return None, or what went wrong."""
        name = self.component.name
        if process.stdout:
            self._log.pump(process.stdout)
        self._board.update(name, phase=Phase.STARTING, identity=Identity.of(process.pid))
        deadline = time.monotonic() + self.component.ready_within
        missing = "no answer yet"
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return f"it ended with {_exit_words(process.returncode)}"
            answer = self.component.probe(self._settings)
            if answer is None:
                return self._settle()
            if answer != missing:
                missing = answer
                self._report(missing)
            if self._stopping.wait(_PROBE_EVERY):
                raise CancelledError
        return f"not ready within {self.component.ready_within:.0f} s ({missing})"

    def _settle(self) -> str | None:
        try:
            self.component.settle(self._context)
        except (UnreachableError, CheckFailedError) as error:
            return error.what
        return None

    def _watch(self, process: subprocess.Popen[bytes]) -> str:
        """Wait until the process ends; tell meanwhile when it stops answering. Return why it ended."""
        name = self.component.name
        failures, looked = 0, time.monotonic()
        while not self._stopping.wait(_PROBE_EVERY):
            # Not by `wait` with a time limit, which looks twenty times a second.
            if process.poll() is not None:
                return f"it ended with {_exit_words(process.returncode)}"
            if time.monotonic() - looked < _WATCH_EVERY[failures > 0]:
                continue
            answer = self.component.probe(self._settings)
            looked = time.monotonic()
            failures = failures + 1 if answer else 0
            if failures >= _UNWELL_AFTER:
                self._board.update(name, phase=Phase.UNWELL, detail=answer)
            elif answer is None and self._board.get(name).phase is Phase.UNWELL:
                self._board.update(name, phase=Phase.READY)
        return "it was told to stop"

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        identity = Identity.of(process.pid)
        if process.poll() is None and identity:
            end(identity, within=self.component.stop_within)
        process.wait()

    def _last_words(self) -> str:
        words = [line for line in self._log.recent if "supervisor:" not in line][-3:]
        return " | ".join(word[:200] for word in words) or "none"


def _exit_words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
