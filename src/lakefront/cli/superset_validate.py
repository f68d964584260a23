"""`lakefront superset validate`: what is wrong with the files of `superset_assets/`, on the command line."""

from __future__ import annotations

import time
from typing import Final

import click
from rich.markup import escape

from lakefront.cli.context import Context
from lakefront.cli.output import print_rows, report_format_option
from lakefront.semantic import load_layer
from lakefront.stack.superset import environment_python
from lakefront.superset.validate import Checked, SchemaCheck, Severity, validate_folder

_COLUMNS: Final = ("severity", "code", "what", "where", "fix")
_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


@click.command(name="validate")
@report_format_option
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option("--schemas/--no-schemas", default=True, help="Ask Superset's own import schemas, in its environment.")
@click.pass_obj
def validate_assets(context: Context, output_format: str, strict: bool, schemas: bool) -> int:
    """Check the bundle's Superset files: references, layout, filters, names, SQL, secrets. No server is asked.

    Exits 1 when something is an error; warnings are told only, unless --strict.

    Example: lakefront superset validate --format markdown
    """
    settings = context.settings
    began = time.monotonic()
    python = environment_python(settings) if schemas else None
    check = SchemaCheck(python, settings.cache / "schemas", settings.environ) if python else None
    layer = load_layer(settings.part("semantic_layer"))
    with context.console_err.status("checking superset_assets"):
        checked = validate_folder(settings.part("superset_assets"), layer, check)
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
    return 1 if errors or (strict and warnings) else 0


def _print(context: Context, checked: Checked, output_format: str) -> None:
    if output_format != "table":
        print_rows(context.console, [problem.as_dict() for problem in checked.problems], _COLUMNS, output_format)
        return
    for problem in checked.problems:
        said = escape(f"{problem.where}: {problem.what} [{problem.code}]\n  to mend it: {problem.fix}")
        context.console.print(f"[{_COLOURS[problem.severity]}]{problem.severity.value}[/] {said}")
