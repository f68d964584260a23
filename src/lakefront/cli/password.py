"""`lakefront password`."""

from __future__ import annotations

import click

from lakefront.cli.context import Context


@click.command()
@click.pass_obj
def password(context: Context) -> None:
    """Print the password of Superset's admin, and nothing else.

    Example: lakefront password
    """
    click.echo(context.settings.secrets.superset_password)
