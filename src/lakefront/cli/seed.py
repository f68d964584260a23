"""`lakefront seed`."""

from __future__ import annotations

import dataclasses

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.errors import NotAllowedError


@click.command()
@click.option("--yes", is_flag=True, help="Write sample data into services that were not started here, too.")
@format_option
@click.pass_obj
def seed(context: Context, yes: bool, output_format: str) -> None:
    """Fill the lakehouse with sample data. What is there already is left as it is.

    Example: lakefront seed
    """
    from lakefront.sample.seed import seed as seed_sample  # noqa: PLC0415 - two seconds of imports that no other verb needs

    settings = context.settings
    foreign = [name for name in ("trino", "catalog", "objects") if settings.service(name).external]
    if foreign and not yes:
        raise NotAllowedError(
            "seed-foreign",
            f"{', '.join(foreign)} of environment '{settings.env_name}' were not started here",
            fix="add --yes if sample data should really be written there",
        )
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=context.console_err, transient=True
    )
    with bar:
        task = bar.add_task("seed", total=None)
        seeded = seed_sample(
            settings, lambda step, done, total: bar.update(task, description=step, completed=done, total=total)
        )
    rows = [dataclasses.asdict(item) | {"seconds": round(item.seconds, 1)} for item in seeded]
    print_rows(context.console, rows, ("name", "rows", "seconds", "created"), output_format)
