"""`lakefront grafana apply`: make the environment's Grafana what git says."""

from __future__ import annotations

import click

from lakefront.cli.context import Context
from lakefront.cli.grafana_plan import print_plan
from lakefront.cli.output import format_option, print_rows
from lakefront.grafana.apply import apply as apply_bundle
from lakefront.grafana.apply import plan as make_plan
from lakefront.grafana.plan_text import lines_of, summary


@click.command(name="apply")
@click.option("--dry-run", is_flag=True, help="Say what would be done, as `plan` does; write nothing.")
@format_option
@click.pass_obj
def apply_command(context: Context, output_format: str, *, dry_run: bool) -> None:
    """Make the environment's Grafana what git says: the dashboards of the bundle's folder.

    Only what differs is saved; what this bundle applied and git no longer has is removed; nothing else is touched.
    Running it again changes nothing. Data sources and alerts are read by Grafana from provisioning files.

    Example: lakefront grafana apply
    """
    if dry_run:
        with context.console_err.status("connecting") as status:
            plan = make_plan(context.settings, status.update)
        print_plan(context, plan, "table" if output_format == "csv" else output_format)
        return
    with context.console_err.status("connecting") as status:
        applied = apply_bundle(context.settings, status.update)
    rows = [{"dashboard": item.title, "url": item.url} for item in applied.dashboards]
    print_rows(context.console, rows, ("dashboard", "url"), output_format)
    for line in lines_of(applied.plan):
        if not line.startswith(" "):
            context.console_err.out(line, highlight=False)
    done = summary(applied.plan) if applied.plan.empty else f"done: {summary(applied.plan)}"
    context.console_err.print(f"{done} ({applied.seconds:.1f} s)", markup=False)
    for warning in applied.plan.warnings:
        context.console_err.print(f"warning: {warning}", markup=False)
