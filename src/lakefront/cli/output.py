"""Print data as a table, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, Final

import click
from rich import box
from rich.console import Console
from rich.table import Table

FORMATS: Final = ("table", "json", "csv", "markdown")

format_option = click.option(
    "--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print it."
)
#: For a report of several parts, which no CSV can hold.
report_format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice([name for name in FORMATS if name != "csv"]),
    default="table",
    show_default=True,
    help="How to print it; markdown is for a comment on a pull request.",
)


def print_rows(console: Console, rows: Sequence[dict[str, Any]], columns: Sequence[str], output_format: str) -> None:
    """Print rows of data. JSON keeps every field and type; the other formats print `columns` only."""
    if output_format == "json":
        console.print_json(json.dumps(list(rows), default=str, ensure_ascii=False))
    elif output_format == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        console.out(text.getvalue(), end="", highlight=False)
    elif output_format == "markdown":
        console.out("| " + " | ".join(columns) + " |\n|" + " --- |" * len(columns), highlight=False)
        for row in rows:
            cells = (_text(row.get(column)).replace("|", "\\|") for column in columns)
            console.out("| " + " | ".join(cells) + " |", highlight=False)
    else:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column in columns:
            table.add_column(
                column.replace("_", " "), overflow="fold", no_wrap=column in {"component", "state", "name", "url"}
            )
        for row in rows:
            table.add_row(*(_text(row.get(column)) for column in columns))
        console.print(table)


def _text(value: object) -> str:
    return "" if value is None else str(value)
