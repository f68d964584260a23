"""`lakefront grafana build`: what the definitions of dashboards and alerts generate."""

from __future__ import annotations

from pathlib import Path

import click

from lakefront.cli.context import Context
from lakefront.errors import CheckFailedError
from lakefront.grafana.build import plan_build, plan_export


@click.command(name="build")
@click.option("--check", is_flag=True, help="Write nothing; fail when a generated file is stale.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write dashboards and provisioning of the environment into this folder instead.",
)
@click.pass_obj
def build_command(context: Context, folder: Path | None, *, check: bool) -> None:
    """Write what the definitions generate: dashboards as JSON, provisioning, and the schemas for editors.

    With --to, for a Grafana that reads files: with the tables, contact points and mute timings of the environment.

    Example: lakefront grafana build --check
    """
    settings = context.settings
    if folder is not None and check:
        raise click.UsageError("--check is about the files of the bundle, and --to about others.")
    made = plan_export(settings, folder) if folder is not None else plan_build(settings)
    changes = made.changes()
    if check:
        if changes:
            stale = ", ".join(str(path.relative_to(settings.bundle)) for _, path in changes)
            raise CheckFailedError(
                "grafana-stale", f"generated files are not up to date: {stale}", fix="run `lakefront grafana build`"
            )
        context.console_err.print(f"{len(made.files)} generated files are up to date")
        return
    made.write()
    base = folder if folder is not None else settings.bundle
    for change, path in changes:
        context.console.print(f"{change} {path.relative_to(base)}", markup=False)
    if not changes:
        context.console_err.print(f"{len(made.files)} generated files were up to date")
