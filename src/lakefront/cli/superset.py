"""`lakefront superset`: the files of `superset_assets/` and the Superset that shows them."""

from __future__ import annotations

import click

from lakefront.cli.superset_apply import apply_command
from lakefront.cli.superset_new import new_group
from lakefront.cli.superset_plan import drift_command, plan_command
from lakefront.cli.superset_pull import pull_command


@click.group(name="superset")
def superset_group() -> None:
    """Superset's datasets, charts, dashboards, roles and row filters, kept in git.

    Example: lakefront superset plan
    """


superset_group.add_command(new_group)
superset_group.add_command(plan_command)
superset_group.add_command(apply_command)
superset_group.add_command(pull_command)
superset_group.add_command(drift_command)
