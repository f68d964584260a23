"""`lakefront policy test`."""

from __future__ import annotations

import dataclasses
import json
import signal
from collections import Counter
from typing import Any, Final

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lakefront.cli.context import Context
from lakefront.cli.output import print_rows, report_format_option
from lakefront.cli.policy_publish import load
from lakefront.cli.scratch import scratch_stack
from lakefront.config import Settings
from lakefront.errors import PartlyDoneError
from lakefront.iceberg.catalog import connect
from lakefront.media.assets import TABLE, VIEW, VIEW_COLUMNS
from lakefront.semantic.emit.trino_access import write_access
from lakefront.semantic.policy.live import mask_key, store_key
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.mask import KEY_TABLE
from lakefront.semantic.policy.matrix.lake import View
from lakefront.semantic.policy.matrix.run import Matrix, Result
from lakefront.trino import Trino

_STATEMENT_SECONDS: Final = 120.0
_FAILED: Final = ("who", "table", "row", "column", "route", "expected", "got")


@click.command(name="test")
@report_format_option
@click.option("--user", "users", multiple=True, metavar="NAME", help="Ask as this person only; may be repeated.")
@click.pass_obj
def test_policies(context: Context, output_format: str, users: tuple[str, ...]) -> int:
    """Prove that the policies hold: ask as everybody, by every way, for rows and values planted for it.

    Starts a lake of its own with made-up rows in it, and takes it away again: nothing of yours is read or written.
    Exits 1 when something opens that should not, or does not open and should.

    Example: lakefront policy test --format markdown
    """
    settings = context.settings
    loaded = load(settings)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both ways of interrupting end tidily
    try:
        with scratch_stack(context, settings) as scratch:
            result = _run(context, loaded, scratch, users)
    except KeyboardInterrupt:
        raise PartlyDoneError(
            "interrupted", "interrupted; the scratch stack is stopped and removed", fix="run `lakefront policy test`"
        ) from None
    _print(context, result, output_format)
    return 1 if result.failures else 0


def _run(context: Context, loaded: Loaded, scratch: Settings, users: tuple[str, ...]) -> Result:
    key = mask_key(scratch.secrets.signing_key)
    here = loaded.layer.schemas.table
    store_key(connect(scratch), key, here(KEY_TABLE))
    matrix = Matrix(
        loaded,
        Trino.from_settings(scratch, source="lakefront-policy-test", timeout=_STATEMENT_SECONDS),
        catalog=scratch.env.iceberg_catalog,
        key=key,
        write=lambda files: write_access(files, scratch.home.access_rules),
        views=[View(here(VIEW), here(TABLE), tuple((name, column) for name, column, _ in VIEW_COLUMNS))],
    )
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=context.console_err, transient=True) as bar:
        task = bar.add_task("making tables", total=None)

        def report(step: str, done: int, total: int) -> None:
            bar.update(task, description=escape(step), completed=done, total=total)

        matrix.make(report)
        return matrix.run(report, only=users)


def _print(context: Context, result: Result, output_format: str) -> None:
    if output_format == "json":
        context.console.print_json(json.dumps(as_data(result), ensure_ascii=False))
    else:
        failed = [dataclasses.asdict(item) | {"route": item.route.value} for item in result.failures]
        people = [asker.name for asker in result.people]
        print_rows(context.console, by_table(result), ("table", *people), output_format)
        print_rows(context.console, by_route(result), ("route", "cells", "failed"), output_format)
        if result.not_run:
            rows = [dataclasses.asdict(item) for item in result.not_run]
            print_rows(context.console, rows, ("what", "reason"), output_format)
        if failed and output_format == "markdown":
            print_rows(context.console, failed, _FAILED, output_format)
        for item in failed if output_format == "table" else ():
            place = f"{item['table']} {item['row']} {item['column']}"
            said = f"{item['who']}: {place} by {item['route']}: expected {item['expected']}, got {item['got']}"
            context.console.print(f"[red]failed[/] {escape(said)}")
    context.console_err.print(
        f"{result.cells:,} cells, {len(result.people)} people, {len(result.tables)} tables, "
        f"{result.queries:,} queries, {result.seconds:.0f} s: "
        f"{len(result.failures)} failed, {len(result.not_run)} not run"
    )


def by_table(result: Result) -> list[dict[str, Any]]:
    """Return a row for each table with, for each person, how many cells were asked, and how many failed."""
    failed = Counter((item.who, item.table) for item in result.failures)
    tables = sorted({table for _, table in result.by_pair})
    rows: list[dict[str, Any]] = []
    for table in tables:
        row: dict[str, Any] = {"table": table}
        for asker in result.people:
            pair = (asker.name, table)
            wrong = f", {failed[pair]} failed" if failed[pair] else ""
            row[asker.name] = f"{result.by_pair.get(pair, 0)}{wrong}"
        rows.append(row)
    return rows


def by_route(result: Result) -> list[dict[str, Any]]:
    """Return a row for each way of asking."""
    failed = Counter(item.route for item in result.failures)
    return [{"route": route.value, "cells": count, "failed": failed[route]} for route, count in result.by_route.items()]


def as_data(result: Result) -> dict[str, Any]:
    """Return a result as plain data."""
    return {
        "cells": result.cells,
        "queries": result.queries,
        "seconds": round(result.seconds, 1),
        "people": [{"name": asker.name, "roles": asker.roles, "made_up": asker.made_up} for asker in result.people],
        "tables": by_table(result),
        "routes": by_route(result),
        "failures": [dataclasses.asdict(item) for item in result.failures],
        "not_run": [dataclasses.asdict(item) for item in result.not_run],
    }
