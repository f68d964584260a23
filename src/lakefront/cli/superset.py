"""`lakefront superset`: the files of `superset_assets/` and the Superset that shows them."""

from __future__ import annotations

import click

from lakefront.cli.context import Context
from lakefront.cli.lazy import LazyGroup
from lakefront.cli.output import format_option, print_rows
from lakefront.superset.access import in_words
from lakefront.superset.apply import apply as apply_bundle


@click.group(name="superset", cls=LazyGroup, lazy={"validate": "lakefront.cli.superset_validate:validate_assets"})
def superset_group() -> None:
    """Superset's datasets, charts, dashboards, roles and row filters, kept in git.

    Example: lakefront superset apply
    """


@superset_group.command()
@format_option
@click.pass_obj
def apply(context: Context, output_format: str) -> None:
    """Push the bundle's datasets, charts, dashboards, roles and row filters into the environment's Superset.

    Running it again changes nothing.

    Example: lakefront superset apply
    """
    with context.console_err.status("connecting") as status:
        applied = apply_bundle(context.settings, status.update)
    rows = [{"dashboard": item.title, "url": item.url, "changed": applied.changed} for item in applied.dashboards]
    print_rows(context.console, rows, ("dashboard", "url"), output_format)
    done = "imported" if applied.changed else "already there, nothing changed:"
    context.console_err.print(
        f"{done} {applied.datasets} datasets, {applied.charts} charts, {len(applied.dashboards)} dashboards "
        f"in {applied.seconds:.1f} s"
    )
    access = applied.access
    context.console_err.print(
        f"{access.roles} roles, {access.rules} row filters, {access.people} people: {in_words(access)}", markup=False
    )
