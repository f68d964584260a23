"""`lakefront superset`: the files of `superset_assets/` and the Superset that shows them."""

from __future__ import annotations

import click

from lakefront.cli.lazy import LazyGroup


@click.group(
    name="superset",
    cls=LazyGroup,
    lazy={
        "apply": "lakefront.cli.superset_apply:apply_command",
        "drift": "lakefront.cli.superset_plan:drift_command",
        "format": "lakefront.cli.superset_format:format_command",
        "new": "lakefront.cli.superset_new:new_group",
        "plan": "lakefront.cli.superset_plan:plan_command",
        "pull": "lakefront.cli.superset_pull:pull_command",
        "validate": "lakefront.cli.superset_validate:validate_assets",
    },
)
def superset_group() -> None:
    """Superset's datasets, charts, dashboards, roles and row filters, kept in git.

    Example: lakefront superset plan
    """
