"""`lakefront superset apply`: make the environment's Superset what git says."""

from __future__ import annotations

import signal

import click
from rich.console import Console
from rich.progress import BarColumn

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.cli.progress import SPINNING, progress
from lakefront.cli.superset_plan import print_plan
from lakefront.superset.access import in_words
from lakefront.superset.apply import Applied
from lakefront.superset.apply import apply as apply_bundle
from lakefront.superset.apply import plan as make_plan
from lakefront.superset.plan_text import lines_of, summary


@click.command(name="apply")
@click.option("--dry-run", is_flag=True, help="Say what would be done, as `plan` does; write nothing.")
@click.option("--force-unlock", is_flag=True, help="Take the lock from an apply that died on another machine.")
@format_option
@click.pass_obj
def apply_command(context: Context, output_format: str, *, dry_run: bool, force_unlock: bool) -> None:
    """Make the environment's Superset what git says: assets, themes, reports, owners, tags, roles and row filters.

    Only what differs is sent; what this bundle managed and git no longer has is removed; what it does not manage is
    never touched. Running it again changes nothing. Interrupted or killed: run it again, and it finishes.

    Example: lakefront superset apply
    """
    if dry_run:
        with context.console_err.status("connecting") as status:
            plan = make_plan(context.settings, status.update)
        print_plan(context, plan, "table" if output_format == "csv" else output_format)
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both ways of interrupting give the lock back
    with progress(context.console_err, *SPINNING, BarColumn()) as bar:
        task = bar.add_task("connecting", total=None)
        applied = apply_bundle(
            context.settings,
            lambda text: bar.update(task, description=text),
            advance=lambda done, total: bar.update(task, completed=done, total=total),
            force_unlock=force_unlock,
        )
    rows = [{"dashboard": item.title, "url": item.url, "changed": applied.changed} for item in applied.dashboards]
    print_rows(context.console, rows, ("dashboard", "url"), output_format)
    _say(context.console_err, applied)


def _say(console: Console, applied: Applied) -> None:
    for line in lines_of(applied.plan):
        if not line.startswith(" "):
            console.out(line, highlight=False)
    done = f"done: {summary(applied.plan)}" if applied.changed else summary(applied.plan)
    console.print(f"{done} ({applied.seconds:.1f} s)", markup=False)
    access = applied.access
    console.print(
        f"in Superset now: {applied.datasets} datasets, {applied.charts} charts, {len(applied.dashboards)} dashboards; "
        f"{access.roles} roles, {access.rules} row filters, {access.people} people ({in_words(access)})",
        markup=False,
    )
    for warning in applied.plan.warnings:
        console.print(f"warning: {warning}", markup=False)
