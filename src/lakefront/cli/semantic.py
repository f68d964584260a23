"""`lakefront semantic`: the semantic layer on the command line."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any, Final

import click

from lakefront.cli.context import Context
from lakefront.cli.lazy import LazyGroup
from lakefront.cli.output import FORMATS, format_option, print_rows
from lakefront.config import Settings
from lakefront.errors import CheckFailedError
from lakefront.semantic import SemanticLayer, layer_here, load_layer
from lakefront.semantic.ask import Semantic
from lakefront.semantic.describe import describe_metric, plan_text
from lakefront.semantic.emit.build import Build, plan_build
from lakefront.semantic.rollup.refresh import Refreshed, pick
from lakefront.semantic.rollup.refresh import refresh as refresh_rollups
from lakefront.semantic.schema import model_schema
from lakefront.trino import Trino

_QUERY_OPTIONS: Final = (
    click.option("--metric", "-m", "metrics", multiple=True, help="A metric; may be given several times."),
    click.option("--by", "-b", multiple=True, help="A dimension: region, customers.region, order_date.month."),
    click.option("--where", help="A SQL condition over dimensions: \"region in ('EU', 'US')\"."),
    click.option("--having", help='A SQL condition over columns of the answer: "revenue > 1000".'),
    click.option("--since", help="The first time that counts: 2026-01-31 or 2026-01-31T08:00+09:00."),
    click.option("--until", help="The first time that does not count."),
    click.option("--order", multiple=True, help="A column to sort by; -COLUMN for falling."),
    click.option("--limit", type=int, help="The most rows to give."),
    click.option("--approximate", is_flag=True, help="Distinct values may be counted by a rollup's sketches."),
    click.option(
        "--as-of", help="A state of the lake: a snapshot's number, a time (a date: its end, in UTC), a tag or a branch."
    ),
)


def _query_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_QUERY_OPTIONS):
        command = option(command)
    return command


#: The site and the exchange with other tools are large, and no question needs them.
_LAZY: Final = {
    "docs": "lakefront.cli.semantic_docs:docs",
    "export": "lakefront.cli.semantic_exchange:export",
    "import": "lakefront.cli.semantic_exchange:import_",
}


@click.group(cls=LazyGroup, lazy=_LAZY)
def semantic() -> None:
    """Metrics and dimensions: ask for them, look them up, and write what is generated from them.

    Example: lakefront semantic query --metric revenue --by order_date.month
    """


@semantic.command()
@_query_options
@click.option(
    "--format",
    "output_format",
    type=click.Choice([*FORMATS, "sql", "plan"]),
    default="table",
    show_default=True,
    help="How to print the answer; sql and plan print what would be asked.",
)
@click.option("--user", help="Ask as this person (default: the environment's user).")
@click.option("--no-rollups", is_flag=True, help="Read the datasets themselves.")
@click.pass_obj
def query(context: Context, output_format: str, user: str | None, no_rollups: bool, **asked: Any) -> None:
    """Ask for metrics by dimensions.

    Example: lakefront semantic query --metric revenue --by order_date.month --where "orders.region = 'EU'" --limit 12
    """
    answer = Semantic(context.settings, user=user).query(**asked, rollups="never" if no_rollups else "auto")
    if output_format == "sql":
        context.console.out(answer.sql, highlight=False)
    elif output_format == "plan":
        context.console.out(plan_text(answer.compiled.plan), highlight=False)
    else:
        for note in answer.notes:
            context.console_err.print(note, markup=False)
        print_rows(context.console, answer.dicts(), answer.columns, output_format)


@semantic.command(name="compile")
@_query_options
@click.option("--rollups", is_flag=True, help="Take all rollups for current, and use those that fit.")
@click.pass_obj
def compile_(context: Context, rollups: bool, **asked: Any) -> None:
    """Print the SQL of a query, without asking Trino.

    Example: lakefront semantic compile --metric revenue --by order_date.month --since 2026-01-01
    """
    answer = Semantic(context.settings).query(**asked, rollups="assume" if rollups else "never")
    context.console.out(answer.sql, highlight=False)


@semantic.command()
@click.argument("metric")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
@click.pass_obj
def describe(context: Context, metric: str, output_format: str) -> None:
    """Say what a metric is: definition, SQL, the columns it comes from, and who uses it.

    Example: lakefront semantic describe revenue
    """
    settings = context.settings
    found = describe_metric(metric, _layer(settings), settings.part("superset_assets")).as_dict()
    found["file"] = str(found["file"]).removeprefix(f"{settings.bundle}/")
    if output_format == "json":
        context.console.out(json.dumps(found, indent=2, ensure_ascii=False), highlight=False)
        return
    context.console.out("\n".join(_told(found)), highlight=False)


@semantic.command()
@click.pass_obj
def check(context: Context) -> None:
    """Check all models; every mistake is told with file, line and column.

    Example: lakefront semantic check
    """
    layer = layer_here(context.settings)
    context.console_err.print(
        f"{len(layer.models)} models are fine: {len(layer.datasets)} datasets, {len(layer.metrics)} metrics, "
        f"{len(layer.rollups)} rollups, {len(layer.views)} views"
    )


@semantic.command()
@click.argument("names", nargs=-1, metavar="[ROLLUP]...")
@click.option("--full", is_flag=True, help="Make them anew, even what has not changed.")
@format_option
@click.pass_obj
def refresh(context: Context, names: tuple[str, ...], full: bool, output_format: str) -> None:
    """Build the rollups, or renew in them what has changed; all of them when none is named.

    Example: lakefront semantic refresh daily_stats
    """
    settings = context.settings
    trino = Trino.from_settings(settings, source="lakefront-refresh")
    layouts = pick(layer_here(settings), names)
    done: list[Refreshed] = []
    with context.console_err.status("looking for changes") as status:
        for item in refresh_rollups(
            trino, layouts, catalog=settings.env.iceberg_catalog, full=full, report=status.update
        ):
            done.append(item)  # noqa: PERF402 - what was done before an error must be told
    rows = [dataclasses.asdict(item) | {"seconds": round(item.seconds, 1)} for item in done]
    print_rows(context.console, rows, ("rollup", "table", "mode", "reason", "rows", "seconds"), output_format)


@semantic.command()
@click.pass_obj
def schema(context: Context) -> None:
    """Print the JSON Schema of model files, for editors.

    Example: lakefront semantic schema > semantic_layer/model.schema.json
    """
    context.console.out(model_schema(), highlight=False)


@semantic.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and list the files when some are stale.")
@click.pass_obj
def build(context: Context, *, check: bool) -> None:
    """Write what models and policies generate: Superset's datasets, roles and row filters, and the schema for editors.

    Example: lakefront semantic build --check
    """
    settings = context.settings
    made = plan_build(_layer(settings), settings.part("semantic_layer"), settings.part("superset_assets"))
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


def _told(found: dict[str, Any]) -> list[str]:
    """Return a description as lines, without what is empty."""
    used = found["used_by"]
    rows: dict[str, str | list[str] | None] = {
        "": found["description"],
        "definition": found["definition"],
        "made of": [f"{name} = {text}" for name, text in found["made_of"].items()],
        "unit": found["unit"],
        "owner": found["owner"],
        "certified by": found["certified_by"],
        "also known as": ", ".join(found["synonyms"]),
        "defined in": found["file"],
        "comes from": found["columns"],
        "used by metrics": ", ".join(used["metrics"]),
        "kept by rollups": ", ".join(used["rollups"]),
        "in views": ", ".join(used["views"]),
        "in charts": used["charts"],
        "on dashboards": used["dashboards"],
        "may be taken by": _by_dataset(found["dimensions"]),
    }
    lines = [f"{found['label']} ({found['metric']})"]
    for name, value in rows.items():
        if isinstance(value, list):
            lines += [f"{name}:", *(f"  {item}" for item in value)] if value else []
        elif value:
            lines.append(f"{name}: {value}" if name else str(value))
    return [*lines, "SQL:", *(f"  {line}" for line in str(found["sql"]).splitlines())]


def _by_dataset(dimensions: list[str]) -> list[str]:
    """Return `orders.region, orders.channel` as `orders: region, channel`, a line a dataset."""
    columns: dict[str, list[str]] = {}
    for dimension in dimensions:
        dataset, _, column = dimension.partition(".")
        columns.setdefault(dataset, []).append(column)
    return [f"{dataset}: {', '.join(names)}" for dataset, names in columns.items()]


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
