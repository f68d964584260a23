"""`lakefront grafana validate`: what is wrong with dashboards and alerts, and what their queries answer."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn

from lakefront.cli.context import Context
from lakefront.cli.output import print_rows
from lakefront.cli.progress import SPINNING, progress
from lakefront.errors import BadInputError, did_you_mean
from lakefront.grafana.asking import Result, State, run
from lakefront.grafana.build import tables_here
from lakefront.grafana.sql import Tables
from lakefront.grafana.validate.problem import Severity
from lakefront.grafana.validate.promql import promtool
from lakefront.grafana.validate.run import Checked, validate_here

_COLUMNS: Final = ("where", "kind", "name", "source", "state", "milliseconds", "rows", "says")
_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


@click.command(name="validate")
@click.argument("dashboards", nargs=-1, metavar="[UID]...")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.option("--strict", is_flag=True, help="Fail on warnings, and on queries that are skipped or empty, too.")
@click.option("--run/--no-run", "run_queries", default=True, help="Ask every query of the sources that are up.")
@click.pass_obj
def validate_command(
    context: Context, dashboards: tuple[str, ...], output_format: str, *, strict: bool, run_queries: bool
) -> int:
    """Check definitions, compiled dashboards and alerts, and ask every query of the sources that are up.

    Trino is asked as Grafana's own user. An empty answer is told; a source that is not there is skipped and counted.
    Exits 1 when something is an error. What a file accepts (`accept: [{rule: …, reason: …}]`) is counted.

    Example: lakefront grafana validate trino --format json
    """
    settings = context.settings
    began = time.monotonic()
    tables = tables_here(settings)
    checked = validate_here(settings, tables)
    _require_known(checked, dashboards)
    errors, warnings = checked.of(Severity.ERROR), checked.of(Severity.WARNING)
    results: list[Result] = []
    if run_queries and not errors:
        results = _run(context, checked, tables, dashboards)
    if output_format == "json":
        found = {"problems": [item.as_dict() for item in checked.problems], "queries": [r.as_dict() for r in results]}
        context.console.print_json(json.dumps(found, ensure_ascii=False, default=str))
    else:
        _say(context.console, checked)
        if results:
            print_rows(context.console, [item.as_dict() for item in results], _COLUMNS, "table")
    _summary(context.console_err, checked, results, began)
    if run_queries and errors:
        context.console_err.print("no query was asked: mend the errors first")
    counts = Counter(item.state for item in results)
    failed = bool(errors or counts[State.ERROR])
    if strict:
        failed |= bool(warnings or counts[State.SKIPPED] or counts[State.EMPTY])
    return 1 if failed else 0


def _require_known(checked: Checked, names: Sequence[str]) -> None:
    known = [said.uid for _, said in checked.definitions.dashboards]
    for name in names:
        if name not in known:
            raise BadInputError(
                "grafana-unknown-dashboard",
                f"there is no definition of a dashboard '{name}'.{did_you_mean(name, known)}",
                fix=f"use one of: {', '.join(known)}",
            )


def _run(context: Context, checked: Checked, tables: Tables, only: Sequence[str]) -> list[Result]:
    with progress(context.console_err, *SPINNING, BarColumn(), MofNCompleteColumn()) as bar:
        task = bar.add_task("asking", total=None)
        return run(
            context.settings,
            checked.definitions,
            tables,
            lambda done, of: bar.update(task, completed=done, total=of),
            only=only,
        )


def _say(console: Console, checked: Checked) -> None:
    for problem in checked.problems:
        if not problem.accepted:
            said = escape(f"{problem.where}: {problem.what} [{problem.rule}]\n  to mend it: {problem.fix}")
            console.print(f"[{_COLOURS[problem.severity]}]{problem.severity.value}[/] {said}")


def _summary(console: Console, checked: Checked, results: Sequence[Result], began: float) -> None:
    accepted = [problem for problem in checked.problems if problem.accepted]
    errors, warnings = len(checked.of(Severity.ERROR)), len(checked.of(Severity.WARNING))
    console.print(
        f"{checked.dashboards} dashboards, {checked.panels} panels, {checked.alerts} alerts in"
        f" {time.monotonic() - began:.1f} s: {errors} errors, {warnings} warnings, {len(accepted)} accepted"
    )
    if promtool() is None:
        console.print("not run: promtool, because it is not installed (it comes with Prometheus); PromQL was not read")
    if not results:
        return
    counts = Counter(item.state for item in results)
    found = ", ".join(f"{counts[state]} {state}" for state in State)
    console.print(f"{len(results)} queries: {found}")
    skipped = Counter(item.says for item in results if item.state is State.SKIPPED)
    for reason, count in skipped.items():
        console.print(f"skipped {count}: {reason}", markup=False)
    for item in results:
        if item.state in (State.ERROR, State.EMPTY):
            colour = "red" if item.state is State.ERROR else "yellow"
            said = f": {item.says}" if item.says else ""
            console.print(f"[{colour}]{item.state}[/] {escape(f'{item.where} {item.kind} {item.name}{said}')}")
