"""What every verb is given: settings, read when first needed, and two consoles."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from rich.console import Console

from lakefront.config import Settings, load_settings

_WIDTH_OF_A_FILE: Final = 400


@dataclass
class Context:
    """Global options of the command line. Results go to `console`, progress and diagnostics to `console_err`."""

    bundle: Path | None = None
    env: str | None = None
    home: Path | None = None
    console: Console = field(default_factory=lambda: _console(stderr=False))
    console_err: Console = field(default_factory=lambda: _console(stderr=True))

    @cached_property
    def settings(self) -> Settings:
        """The settings of the chosen bundle, environment and home."""
        return load_settings(bundle=self.bundle, env=self.env, home=self.home)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE  # a pipe has no edge to wrap at
    return console
