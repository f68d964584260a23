"""`lakefront grafana plan`: what differs between git and the environment's Grafana."""

from __future__ import annotations

import click

from lakefront.cli import changes
from lakefront.cli.context import Context
from lakefront.cli.output import report_format_option
from lakefront.grafana.apply import plan as make_plan
from lakefront.grafana.look import Plan
from lakefront.grafana.plan_text import as_data, lines_of, markdown, summary


@click.command(name="plan")
@report_format_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit 1 when there is something to do.")
@click.pass_obj
def plan_command(context: Context, output_format: str, *, detailed_exitcode: bool) -> int:
    """Say what `apply` would do, field by field; write nothing.

    Told three ways: what git changed since the last apply, what was edited in Grafana (drift: apply puts it back), and
    what both changed (conflict: apply takes git's). Dashboards that this bundle does not manage are counted.

    Example: lakefront grafana plan --format markdown
    """
    with context.console_err.status("connecting") as status:
        plan = make_plan(context.settings, status.update)
    print_plan(context, plan, output_format)
    return 1 if detailed_exitcode and not plan.empty else 0


def print_plan(context: Context, plan: Plan, output_format: str) -> None:
    """Print a plan on stdout, its summary on stderr."""
    changes.print_plan(
        context,
        output_format,
        lines=lines_of(plan),
        data=as_data(plan),
        markdown=markdown(plan),
        summary=summary(plan),
        warnings=plan.warnings,
    )
