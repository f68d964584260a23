"""`lakefront doctor`."""

from __future__ import annotations

import dataclasses

import click
from rich.markup import escape

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.stack.doctor import Level, examine

_MARKS = {Level.OK: "[green]✓[/]", Level.WARNING: "[yellow]![/]", Level.BAD: "[red]✗[/]"}


@click.command()
@format_option
@click.pass_obj
def doctor(context: Context, output_format: str) -> int:
    """Check Python, memory, disk, ports, Java, network, versions, programs and services; say how to mend what is wrong.

    Exits 1 when something is wrong.

    Example: lakefront doctor
    """
    findings = list(examine(context.settings))
    if output_format == "table":
        for finding in findings:
            context.console.print(f"{_MARKS[finding.level]} {finding.check:<9} {escape(finding.what)}")
            if finding.fix:
                context.console.print(f"            to mend it: {escape(finding.fix)}")
    else:
        rows = [dataclasses.asdict(finding) for finding in findings]
        print_rows(context.console, rows, ("check", "level", "what", "fix"), output_format)
    return 1 if any(finding.level is Level.BAD for finding in findings) else 0
