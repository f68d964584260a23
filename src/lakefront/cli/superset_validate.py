"""`lakefront superset validate`: what is wrong with the files of `superset_assets/`, on the command line."""

from __future__ import annotations

import time
from typing import Final

import click
from rich.console import Console
from rich.markup import escape

from lakefront.cli.context import Context
from lakefront.cli.output import print_rows, report_format_option
from lakefront.cli.superset_run import run_and_print, run_options
from lakefront.semantic import load_layer
from lakefront.stack.superset import environment_python
from lakefront.superset.validate import Checked, SchemaCheck, Severity, validate_folder

_COLUMNS: Final = ("severity", "code", "what", "where", "fix")
_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


@click.command(name="validate")
@report_format_option
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("--schemas/--no-schemas", default=True, help="Ask Superset's own import schemas, in its environment.")
@run_options
@click.pass_obj
def validate_assets(
    context: Context, output_format: str, strict: bool, schemas: bool, *, run_queries: bool, people: tuple[str, ...]
) -> int:
    """Check the bundle's Superset files: references, layout, filters, names, SQL, secrets. No server is asked.

    Exits 1 when something is an error; warnings are told only, unless --strict. With --run the queries of all charts
    and filters are asked of the running Superset besides, as each person of the policies; a query that fails is an
    error.

    Example: lakefront superset validate --run --as ana
    """
    if people and not run_queries:
        raise click.UsageError("--as says as whom to --run.")
    settings = context.settings
    began = time.monotonic()
    python = environment_python(settings) if schemas else None
    check = SchemaCheck(python, settings.cache / "schemas", settings.environ) if python else None
    layer = load_layer(settings.part("semantic_layer"))
    with context.console_err.status("checking superset_assets"):
        checked = validate_folder(settings.part("superset_assets"), layer, check)
    if run_queries:  # its table is the result; what the files have goes beside it
        _say(context.console_err, checked)
    else:
        _print(context, checked, output_format)
    found = [problem.severity for problem in checked.problems]
    errors, warnings = found.count(Severity.ERROR), found.count(Severity.WARNING)
    context.console_err.print(
        f"{len(checked.bundle.assets)} assets in {time.monotonic() - began:.1f} s: {errors} errors, {warnings} warnings"
    )
    if schemas and not python:
        context.console_err.print(
            "not run: Superset's own import schemas, because its environment is not installed (`lakefront up` does)"
        )
    failed = bool(errors or (strict and warnings))
    if run_queries and not errors:
        failed |= bool(run_and_print(context, checked.bundle, people, output_format))
    return 1 if failed else 0


def _print(context: Context, checked: Checked, output_format: str) -> None:
    if output_format != "table":
        print_rows(context.console, [problem.as_dict() for problem in checked.problems], _COLUMNS, output_format)
        return
    _say(context.console, checked)


def _say(console: Console, checked: Checked) -> None:
    for problem in checked.problems:
        said = escape(f"{problem.where}: {problem.what} [{problem.code}]\n  to mend it: {problem.fix}")
        console.print(f"[{_COLOURS[problem.severity]}]{problem.severity.value}[/] {said}")
