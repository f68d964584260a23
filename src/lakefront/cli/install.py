"""`lakefront install`: programs that no package registry has."""

from __future__ import annotations

import click

from lakefront.cli.lazy import LazyGroup


@click.group(name="install", cls=LazyGroup, lazy={"grafana": "lakefront.cli.install_grafana:grafana_command"})
def install_group() -> None:
    """Programs that no package registry has, put into the home.

    Example: lakefront install grafana
    """
