"""Work that `lakefront up` does once the services it needs are ready: the seed, the rollups and the dashboards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from lakefront.cli.display import Line
from lakefront.stack.component import Report
from lakefront.stack.state import Phase


@dataclass
class Job:
    """A piece of work in a thread. `needs` are components that must be ready, `after` jobs that must be done."""

    name: str
    title: str
    needs: tuple[str, ...]
    work: Callable[[Report], str]
    after: tuple[str, ...] = ()
    line: Line = field(init=False)
    error: BaseException | None = field(default=None, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.line = Line(self.name, self.title, Phase.WAITING, f"waiting for {', '.join(self.needs)}")

    @property
    def done(self) -> bool:
        """Whether the work has ended well."""
        return self.line.phase is Phase.READY

    def start_once(self) -> None:
        """Begin, unless it has begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        self._report("starting")
        try:
            result = self.work(self._report)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.error = error
            self.line = Line(self.name, self.title, Phase.FAILED, str(error))
        else:
            self.line = Line(self.name, self.title, Phase.READY, result)

    def _report(self, detail: str, done: int | None = None, total: int | None = None) -> None:
        self.line = Line(self.name, self.title, Phase.STARTING, detail, done, total)
