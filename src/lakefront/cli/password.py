"""`lakefront password`."""

from __future__ import annotations

import click

from lakefront.cli.context import Context
from lakefront.errors import BadInputError, did_you_mean
from lakefront.grafana.client import LOCAL_ADMIN
from lakefront.superset.access_files import read_access


@click.command()
@click.option("--user", help="A person of the policies (default: Superset's admin).")
@click.option(
    "--of",
    "service",
    type=click.Choice(["superset", "grafana"]),
    default="superset",
    show_default=True,
    help="Whose; people of the policies have accounts in Superset only.",
)
@click.pass_obj
def password(context: Context, user: str | None, service: str) -> None:
    """Print the password that the local Superset's admin, or a person of the policies, was given; nothing else.

    Example: lakefront password --user ana
    """
    settings = context.settings
    if service == "grafana":
        if user not in (None, LOCAL_ADMIN):
            raise click.UsageError(f"The local Grafana has one user, {LOCAL_ADMIN}.")
        click.echo(settings.secrets.grafana_password)
        return
    if user is None or user == settings.env.superset_user:
        click.echo(settings.secrets.superset_password)
        return
    people = read_access(settings.part("superset_assets")).people
    if user not in people:
        raise BadInputError(
            "person-unknown",
            f"no policy gives '{user}' a role.{did_you_mean(user, people)}",
            fix=f"use one of: {', '.join(sorted(people))}",
        )
    click.echo(settings.secrets.people_password)
