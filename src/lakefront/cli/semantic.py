"""`lakefront semantic`: the semantic layer on the command line."""

from __future__ import annotations

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.config import Settings
from lakefront.errors import CheckFailedError
from lakefront.semantic import SemanticLayer, load_layer
from lakefront.semantic.emit.build import Build, plan_build


@click.group()
def semantic() -> None:
    """Metrics and dimensions: list them, and write what is generated from them.

    Example: lakefront semantic list
    """


@semantic.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and list the files when some are stale.")
@click.pass_obj
def build(context: Context, *, check: bool) -> None:
    """Write the files that are generated from the models: Superset's datasets.

    Example: lakefront semantic build --check
    """
    settings = context.settings
    made = plan_build(_layer(settings), settings.part("superset_assets"))
    if check:
        _require_fresh(made, settings)
        context.console_err.print(f"{len(made.files)} generated files are up to date")
        return
    made.write()
    for change, path in made.changes():
        context.console.print(f"{change} {path.relative_to(settings.bundle)}")
    if not made.changes():
        context.console_err.print(f"{len(made.files)} generated files were up to date")


@semantic.command(name="list")
@format_option
@click.pass_obj
def list_metrics(context: Context, output_format: str) -> None:
    """List the metrics, with their unit, owner and where they may be used.

    Example: lakefront semantic list --format json
    """
    layer = _layer(context.settings)
    rows = [
        {
            "metric": metric.name,
            "label": metric.label,
            "type": str(metric.type),
            "unit": metric.unit,
            "owner": metric.owner,
            "certified_by": metric.certified.by if metric.certified else None,
            "views": [view.name for view in layer.views.values() if metric.name in view.metrics],
            "description": " ".join(metric.description.split()),
        }
        for metric in layer.metrics.values()
    ]
    if output_format != "json":
        rows = [{**row, "views": ", ".join(row["views"] or ())} for row in rows]
    print_rows(context.console, rows, ("metric", "type", "unit", "owner", "views", "description"), output_format)


def _layer(settings: Settings) -> SemanticLayer:
    return load_layer(settings.part("semantic_layer"))


def _require_fresh(made: Build, settings: Settings) -> None:
    stale = [f"{path.relative_to(settings.bundle)} (to be {change})" for change, path in made.changes()]
    if stale:
        raise CheckFailedError(
            "semantic-stale",
            f"{len(stale)} generated {'file is' if len(stale) == 1 else 'files are'} stale: {', '.join(stale)}",
            fix="run `lakefront semantic build` and commit what it writes",
        )
