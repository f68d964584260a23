"""`lakefront superset validate --run`: every chart's and filter's query asked as each person."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from lakefront.cli.context import Context
from lakefront.cli.output import print_rows
from lakefront.superset.bundle import Bundle
from lakefront.superset.queries.run import Result, State, run

_Function = TypeVar("_Function", bound=Callable[..., Any])
_COLUMNS: Final = ("person", "dashboard", "kind", "name", "state", "milliseconds", "rows", "bytes")
_WRONG: Final = (State.ERROR, State.EMPTY, State.NOT_DERIVED)


def run_options(command: _Function) -> _Function:
    """Add `--run` and `--as` to a command; they arrive as `run_queries` and `people`."""
    asked = click.option(
        "--run", "run_queries", is_flag=True, help="Ask every chart's and filter's query of Superset, as each person."
    )
    who = click.option("--as", "people", multiple=True, metavar="NAME", help="With --run: as this person only.")
    return asked(who(command))


def run_and_print(context: Context, bundle: Bundle, people: Sequence[str], output_format: str) -> int:
    """Run all queries, print what came, and return the exit code: 1 when one of them failed.

    Empty results and queries that are not derived are told, and fail nothing.
    """
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=context.console_err, transient=True) as bar:
        task = bar.add_task("asking", total=None)
        results = run(
            context.settings, bundle, lambda done, of: bar.update(task, completed=done, total=of), only=people
        )
    print_rows(context.console, [dataclasses.asdict(item) for item in results], _COLUMNS, output_format)
    for item in results:
        if item.state in _WRONG:
            where = " ".join(part for part in (item.dashboard, item.kind, item.name) if part)
            colour = "red" if item.state == State.ERROR else "yellow"
            said = f": {item.says}" if item.says else ""
            context.console_err.print(f"[{colour}]{item.state}[/] {escape(f'{item.person}: {where}{said}')}")
    context.console_err.print(summary(results))
    return 1 if any(item.state == State.ERROR for item in results) else 0


def summary(results: Sequence[Result]) -> str:
    """Return the counts in one line."""
    counts = Counter(item.state for item in results)
    people = len({item.person for item in results})
    found = ", ".join(f"{counts[state]} {state}" for state in State)
    return f"{len(results)} queries as {people} {'person' if people == 1 else 'people'}: {found}"
