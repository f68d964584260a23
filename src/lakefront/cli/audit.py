"""`lakefront audit`: who asked what, on the command line."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from typing import Any, Final

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.semantic import layer_here
from lakefront.semantic.audit import Audit, since_when, tables_meant
from lakefront.trino import Trino

_WHO: Final = ("user", "queries", "last_asked", "sources", "row_filters", "column_masks")
_WHAT: Final = ("created_at", "source", "state", "tables", "output_rows", "total_ms", "error_code")
_DENIED: Final = ("created_at", "user", "source", "refused")
_REFUSED: Final = "Access Denied: "
#: The condition of a table that has no filter for its reader.
_ALL_ROWS: Final = "true"

#: A filter says its condition twice, so that it is false where it is unknown; a reader needs it once.
_TWICE: Final = re.compile(r"\((?P<condition>.+) AND COALESCE\((?P=condition), false\)\)")

_since_option = click.option(
    "--since", default="7d", show_default=True, metavar="TIME", help="From when on: 30m, 12h, 7d, or a date (UTC)."
)
_sql_option = click.option("--sql", is_flag=True, help="Show the statements, too.")
_limit_option = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=200, show_default=True, help="How many of the newest."
)


@click.group()
def audit() -> None:
    """Who asked what: one row for each query that Trino finished or refused.

    Example: lakefront audit who sales.customers --since 30d
    """


@audit.command()
@click.argument("table")
@click.option("--column", metavar="NAME", help="Those only who read this column.")
@_since_option
@format_option
@click.pass_obj
def who(context: Context, table: str, column: str | None, since: str, output_format: str) -> None:
    """Say who read TABLE, how often, when last, and which row filters and column masks were in force.

    TABLE is a dataset, whose rollups count too, or schema.table, or catalog.schema.table.

    Example: lakefront audit who customers --column email --since 30d
    """
    settings = context.settings
    start = _start(since)
    tables = tables_meant(table, layer_here(settings), settings.env.iceberg_catalog)
    found = _audit(context).who(tables, start, column=column)
    if output_format != "json":
        only = tables[0] if len(tables) == 1 else None
        found = [
            row | {
                "last_asked": _second(row["last_asked"]),
                "sources": _listed(row["sources"]),
                "row_filters": _listed(_filters(row["row_filters"], only)),
                "column_masks": _listed(_masked(row["column_masks"], only, column)),
            }
            for row in found
        ]  # fmt: skip
    _print(context, found, _WHO, output_format, nothing=f"nobody read {', '.join(tables)} since {_second(start)}")


@audit.command()
@click.argument("user")
@_since_option
@_sql_option
@_limit_option
@format_option
@click.pass_obj
def what(context: Context, *, user: str, since: str, sql: bool, limit: int, output_format: str) -> None:
    """Say what USER asked: when, by which program, of which tables, how much came back, what went wrong.

    Example: lakefront audit what ana --since 1d --sql
    """
    start = _start(since)
    found = _audit(context).what(user, start, limit=limit)
    if output_format != "json":
        found = [
            row | {
                "created_at": _second(row["created_at"]),
                "tables": _listed([*row["tables_read"], *(f"> {name}" for name in row["tables_written"])]),
            }
            for row in found
        ]  # fmt: skip
    columns = (*_WHAT, *(("query",) if sql else ()))
    _print(context, found, columns, output_format, nothing=f"{user} asked nothing since {_second(start)}", limit=limit)


@audit.command()
@_since_option
@_sql_option
@_limit_option
@format_option
@click.pass_obj
def denied(context: Context, since: str, sql: bool, limit: int, output_format: str) -> None:
    """Say what Trino refused: to whom, what, and why.

    Example: lakefront audit denied --since 1d
    """
    start = _start(since)
    found = _audit(context).denied(start, limit=limit)
    if output_format != "json":
        found = [
            row | {
                "created_at": _second(row["created_at"]),
                "refused": str(row["error_message"] or "").removeprefix(_REFUSED),
            }
            for row in found
        ]  # fmt: skip
    columns = (*_DENIED, *(("query",) if sql else ()))
    _print(context, found, columns, output_format, nothing=f"nothing was refused since {_second(start)}", limit=limit)


def _audit(context: Context) -> Audit:
    settings = context.settings
    return Audit(Trino.from_settings(settings, source="lakefront-audit"), settings.env.iceberg_catalog)


def _start(since: str) -> dt.datetime:
    return since_when(since, dt.datetime.now(dt.UTC))


def _print(
    context: Context,
    rows: list[dict[str, Any]],
    columns: tuple[str, ...],
    output_format: str,
    *,
    nothing: str,
    limit: int | None = None,
) -> None:
    if output_format == "json":
        context.console.print_json(json.dumps(rows, default=_iso, ensure_ascii=False))
    elif rows or output_format != "table":
        print_rows(context.console, rows, columns, output_format)
    if not rows:
        context.console_err.print(nothing, markup=False)
    elif len(rows) == limit:
        context.console_err.print(f"the newest {limit} are shown; see more with --limit")


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _second(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def _listed(values: list[str] | None) -> str:
    return ", ".join(" ".join(value.split()) for value in values or ())


def _filters(values: Sequence[str], table: str | None) -> list[str]:
    """Return filters without the name of the only table asked for, and without those that hold nothing back."""
    kept = [value for value in values if not value.endswith(f": {_ALL_ROWS}")]
    return [_TWICE.sub(r"\g<condition>", value.removeprefix(f"{table}: ")) for value in kept]


def _masked(values: Sequence[str], table: str | None, column: str | None) -> list[str]:
    """Return the names of masked columns: their expressions are long, and in the JSON."""
    names = dict.fromkeys(value.split(": ", maxsplit=1)[0] for value in values)
    return [name.removeprefix(f"{table}.") for name in names if column is None or name.endswith(f".{column}")]
