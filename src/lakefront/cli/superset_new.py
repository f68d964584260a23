"""`lakefront superset new`: a chart or a dashboard to start from."""

from __future__ import annotations

import click

from lakefront.cli.context import Context
from lakefront.superset.bundle import read_bundle
from lakefront.superset.new import new_chart, new_dashboard, write_new


@click.group(name="new")
def new_group() -> None:
    """Start a chart or a dashboard from a model.

    Example: lakefront superset new dashboard returns --title Returns --chart sales-kpi-return-rate
    """


@new_group.command()
@click.argument("viz_type", metavar="TYPE")
@click.argument("slug")
@click.option("--dataset", required=True, metavar="NAME", help="The dataset that it asks.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="A metric of the dataset; may be repeated.")
@click.option("--by", multiple=True, metavar="COLUMN", help="A column to group by; may be repeated.")
@click.pass_obj
def chart(
    context: Context, *, viz_type: str, slug: str, dataset: str, metrics: tuple[str, ...], by: tuple[str, ...]
) -> None:
    """Write charts/SLUG.yaml: a chart of Superset's TYPE with all that the type requires.

    Example: lakefront superset new chart pie revenue-by-channel --dataset sales --metric revenue --by channel
    """
    folder = context.settings.part("superset_assets")
    data = new_chart(read_bundle(folder), viz_type, slug, dataset=dataset, metrics=metrics, by=by)
    context.console.print(str(write_new(folder, f"charts/{slug}.yaml", data)), markup=False)


@new_group.command()
@click.argument("slug")
@click.option("--title", required=True, help="What people see.")
@click.option("--chart", "charts", multiple=True, metavar="SLUG", help="A chart of the bundle; may be repeated.")
@click.pass_obj
def dashboard(context: Context, slug: str, title: str, charts: tuple[str, ...]) -> None:
    """Write dashboards/SLUG.yaml: charts in rows, and a filter on time.

    Example: lakefront superset new dashboard returns --title Returns --chart sales-return-rate-by-category
    """
    folder = context.settings.part("superset_assets")
    data = new_dashboard(read_bundle(folder), slug, title, charts)
    context.console.print(str(write_new(folder, f"dashboards/{slug}.yaml", data)), markup=False)
