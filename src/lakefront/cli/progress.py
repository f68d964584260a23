"""A line that tells how far work is, for who waits for it at a terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

_DESCRIPTION: Final = TextColumn("{task.description}", markup=False)
#: Columns of a line: of work that cannot be counted, and of work that is counted.
SPINNING: Final = (SpinnerColumn(), _DESCRIPTION)
COUNTED: Final = (_DESCRIPTION, BarColumn(), MofNCompleteColumn())


def progress(console: Console, *columns: ProgressColumn) -> Progress:
    """Return a line of these columns and how long it takes; it is gone when the work is done."""
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal)
