"""`lakefront policy views`: views with filters and masks inside, for engines that have no rules."""

from __future__ import annotations

from pathlib import Path

import click

from lakefront.cli.context import Context
from lakefront.cli.policy import members_of
from lakefront.semantic.emit.masked_views import DIALECTS, Dialect, masked_views, write_views
from lakefront.semantic.policy.load import policies_here


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write to.")
@click.option(
    "--dialect",
    type=click.Choice(DIALECTS),
    default="trino",
    show_default=True,
    help="The engine's way of writing SQL.",
)
@click.option(
    "--members",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON: the groups of each person, where they come from an identity provider.",
)
@click.pass_obj
def views(context: Context, out: Path, dialect: Dialect, members: Path | None) -> None:
    """Write SQL that makes views of what each group of people may see, for engines without row filters and masks.

    One file for people who may see the same. Columns that no dataset describes are left out.

    Example: lakefront policy views --dialect duckdb --out build/views
    """
    settings = context.settings
    scripts = masked_views(
        policies_here(settings),
        catalog=settings.env.iceberg_catalog,
        dialect=dialect,
        members=members_of(members) if members else None,
    )
    write_views(scripts, out)
    for script in scripts:
        context.console.print(f"{out / script.group}.sql: {', '.join(script.people)}", soft_wrap=True)
        for note in script.notes:
            context.console_err.print(note, markup=False)
