"""What `lakefront up` shows while it works: a live line per component, or plain lines when nobody watches."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from lakefront.stack.state import ComponentState, Phase

_PLAIN_STEP: Final = 0.25


@dataclass(frozen=True)
class Line:
    """One line of the display. `done` of `total` draws a bar; bytes when `in_bytes`."""

    name: str
    title: str
    phase: Phase
    detail: str = ""
    done: int | None = None
    total: int | None = None
    in_bytes: bool = False

    @classmethod
    def of(cls, state: ComponentState) -> Line:
        """Return the line of a component."""
        downloading = state.detail.startswith(("downloading", "checking"))
        return cls(state.name, state.title, state.phase, state.detail, state.done, state.total, downloading)

    @property
    def amount(self) -> str:
        """How much is done, in words."""
        if self.done is None or not self.total:
            return ""
        if self.in_bytes:
            return f"{self.done / 1e6:,.0f} of {self.total / 1e6:,.0f} MB"
        return f"{self.done:,} of {self.total:,}"


class Display:
    """Follows the lines of a start on a terminal, or prints each change where there is none."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._ended: dict[str, float] = {}
        self._said: dict[str, str] = {}
        self._spinners: dict[str, Spinner] = {}
        self._live = Live(console=console, refresh_per_second=8, transient=False) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def update(self, lines: list[Line]) -> None:
        """Show the lines as they are now."""
        now = time.monotonic() - self._began
        for line in lines:
            if line.phase in {Phase.READY, Phase.EXTERNAL, Phase.FAILED}:
                self._ended.setdefault(line.name, now)
            else:
                self._ended.pop(line.name, None)
        if self._live:
            self._live.update(self._table(lines, now))
        else:
            for line in lines:
                self._say(line, now)

    def _table(self, lines: list[Line], now: float) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_column(width=1)
        table.add_column(min_width=26)
        table.add_column(justify="right", min_width=5)
        table.add_column(ratio=1)
        for line in lines:
            elapsed = f"{self._ended.get(line.name, now):.0f} s"
            table.add_row(self._mark(line), line.title, Text(elapsed, style="dim"), self._what(line))
        return Group(table)

    def _mark(self, line: Line) -> RenderableType:
        if line.phase in {Phase.READY, Phase.EXTERNAL}:
            return Text("✓", style="green")
        if line.phase is Phase.FAILED:
            return Text("✗", style="red")
        if line.phase is Phase.WAITING:
            return Text("·", style="dim")
        return self._spinners.setdefault(line.name, Spinner("dots"))

    def _what(self, line: Line) -> RenderableType:
        text = Text(line.detail or str(line.phase), style="dim", overflow="ellipsis", no_wrap=True)
        if not line.total or line.done is None:
            return text
        bar = Table.grid(padding=(0, 1))
        bar.add_row(ProgressBar(total=line.total, completed=line.done, width=24), Text(line.amount), text)
        return bar

    def _say(self, line: Line, now: float) -> None:
        share = line.done / line.total if line.total and line.done is not None else None
        step = f" {int(share / _PLAIN_STEP) * _PLAIN_STEP:.0%}" if share is not None else ""
        # The rate changes all the time: it is no news.
        what = line.detail.split(" (")[0] if share is not None else line.detail
        text = f"{line.title}: {line.phase}{f' - {what}' if what else ''}{step}"
        if self._said.get(line.name) != text:
            self._said[line.name] = text
            self._console.print(escape(f"[{now:5.1f} s] {text}"))
