"""`lakefront superset plan` and `drift`: what differs between git and the environment's Superset."""

from __future__ import annotations

from dataclasses import replace

import click

from lakefront.cli import changes
from lakefront.cli.context import Context
from lakefront.cli.output import report_format_option
from lakefront.superset.apply import plan as make_plan
from lakefront.superset.plan import Plan, drift_of
from lakefront.superset.plan_text import as_data, lines_of, markdown, summary


@click.command(name="plan")
@report_format_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit 1 when there is something to do.")
@click.pass_obj
def plan_command(context: Context, output_format: str, *, detailed_exitcode: bool) -> int:
    """Say what `apply` would do, field by field; write nothing.

    Told three ways: what git changed since the last apply, what was edited in Superset (drift: apply puts it back),
    and what both changed (conflict: apply takes git's). Assets that this bundle does not manage are counted.

    Example: lakefront superset plan --format markdown
    """
    with context.console_err.status("connecting") as status:
        plan = make_plan(context.settings, status.update)
    print_plan(context, plan, output_format)
    return 1 if detailed_exitcode and not plan.empty else 0


@click.command(name="drift")
@report_format_option
@click.pass_obj
def drift_command(context: Context, output_format: str) -> int:
    """Say what was edited in Superset since the last apply; exit 1 if there is anything. For cron.

    What git changed and nobody applied yet is not drift. `pull` brings edits into git, `apply` puts them back.

    Example: lakefront superset drift --format json
    """
    with context.console_err.status("connecting") as status:
        plan = make_plan(context.settings, status.update)
    drift = replace(plan, steps=tuple(drift_of(plan)), access=plan.access if plan.access_drifted else ())
    print_plan(context, drift, output_format, nothing="nothing was edited in Superset since the last apply")
    return 0 if drift.empty else 1


def print_plan(context: Context, plan: Plan, output_format: str, *, nothing: str = "") -> None:
    """Print a plan on stdout, its summary on stderr."""
    changes.print_plan(
        context,
        output_format,
        lines=lines_of(plan),
        data=as_data(plan),
        markdown=markdown(plan),
        summary=nothing if nothing and plan.empty else summary(plan),
        warnings=plan.warnings,
    )
