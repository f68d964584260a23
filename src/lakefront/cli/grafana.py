"""`lakefront grafana`: the files of `grafana_dashboards/` and the Grafana that shows them."""

from __future__ import annotations

import click

from lakefront.cli.lazy import LazyGroup


@click.group(
    name="grafana",
    cls=LazyGroup,
    lazy={
        "apply": "lakefront.cli.grafana_apply:apply_command",
        "build": "lakefront.cli.grafana_build:build_command",
        "plan": "lakefront.cli.grafana_plan:plan_command",
        "pull": "lakefront.cli.grafana_pull:pull_command",
        "validate": "lakefront.cli.grafana_validate:validate_command",
    },
)
def grafana_group() -> None:
    """Grafana's dashboards, data sources and alerts, kept in git.

    Example: lakefront grafana plan
    """
