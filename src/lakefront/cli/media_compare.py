"""`lakefront media compare`: what was added, changed and removed between two states of the media."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.media.comparison import CHANGES, LARGEST_PAGE, Change, Comparison, Item, Items, compare, items
from lakefront.media.difference import Pair
from lakefront.media.metadata import TableMetadata
from lakefront.media.query import AsOf, parse_as_of
from lakefront.trino import Trino

_NOW: Final = "now"
#: Seconds that a statement may take where all rows of both states have to be compared.
_PATIENCE: Final = 600.0
_CELLS: Final = ("change", "kind", "tag", "columns", "items", "bytes_before", "bytes_after")
_ITEMS: Final = ("change", "asset_id", "upload_time", "kind", "tag", "title", "file_size", "changes")


@click.command(name="compare")
@click.argument("before", metavar="FROM")
@click.argument("later", metavar="[TO]", default=_NOW)
@click.option("--items", "change", type=click.Choice(CHANGES), help="List the items that this happened to.")
@click.option("--size", type=click.IntRange(1, LARGEST_PAGE), default=20, show_default=True, help="How many a page.")
@click.option("--page", "after", metavar="TOKEN", help="Go on behind the page that gave this token, with its options.")
@click.option("--user", help="Ask as this person (default: the environment's user).")
@format_option
@click.pass_obj
def compare_command(
    context: Context,
    *,
    before: str,
    later: str,
    change: Change | None,
    size: int,
    after: str | None,
    user: str | None,
    output_format: str,
) -> None:
    """Tell what was added, changed and removed from one state of the media to another.

    FROM and TO are a snapshot's number, a time (a date: its end, in UTC) or `now`, which TO is unless it is given. The
    other way round tells the opposite. Numbers are by kind, tag and the columns that changed; --items lists items, page
    by page. Everything is asked as the person, whose row filters hold in both states.

    Example: lakefront media compare 2026-10-31 now --items changed --user ana
    """
    settings = context.settings
    trino = Trino.from_settings(settings, user=user, source="lakefront-media", timeout=_PATIENCE)
    pair = TableMetadata(settings).pair(_state(before), _state(later))
    context.console_err.print(f"from {_said(pair, 0)} to {_said(pair, 1)}", markup=False)
    if change is None:
        _print_numbers(context, compare(trino, pair), pair, output_format)
        return
    found = items(trino, pair, change, signing_key=settings.secrets.signing_key, size=size, after=after)
    _print_items(context, found, change, output_format)


def _state(text: str) -> AsOf | None:
    return None if text == _NOW else parse_as_of(text)


def _said(pair: Pair, place: int) -> str:
    if pair.states is None:
        return str((pair.before, pair.after)[place] or _NOW)
    state = pair.states[place]
    return f"{state.snapshot} ({state.since:%Y-%m-%d %H:%M:%S} UTC)"


def _print_numbers(context: Context, found: Comparison, pair: Pair, output_format: str) -> None:
    rows: list[dict[str, Any]] = [
        {
            "change": cell.change,
            "kind": cell.kind,
            "tag": cell.tag,
            "columns": list(cell.columns),
            "items": cell.items,
            "bytes_before": cell.before,
            "bytes_after": cell.after,
        }
        for cell in sorted(found.cells, key=lambda cell: (CHANGES.index(cell.change), -cell.items))
    ]
    if output_format == "json":
        told: dict[str, Any] = {"before": _state_told(pair, 0), "after": _state_told(pair, 1)}
        for change in CHANGES:
            totals = found.totals(change)
            told[change] = {"items": totals.assets, "bytes": totals.bytes}
        told |= {"bytes": found.bytes, "columns": found.columns(), "cells": rows}
        context.console.print_json(json.dumps(told, ensure_ascii=False))
        return
    if rows or output_format != "table":
        shown = [row | {"columns": ", ".join(row["columns"])} for row in rows]
        print_rows(context.console, shown, _CELLS, output_format)
    summary = [f"{found.totals(change).assets:,} {change}" for change in CHANGES]
    words = f"{', '.join(summary)}; {found.bytes:+,} bytes" if rows else "nothing differs"
    context.console_err.print(words, markup=False)


def _state_told(pair: Pair, place: int) -> dict[str, Any]:
    if pair.states is None:
        return {"asked": str((pair.before, pair.after)[place] or _NOW)}
    state = pair.states[place]
    return {"snapshot": state.snapshot, "since": state.since.isoformat()}


def _print_items(context: Context, found: Items, change: Change, output_format: str) -> None:
    rows = [_of(item, change) for item in found.items]
    if output_format == "json":
        context.console.print_json(json.dumps({"items": rows, "next": found.next}, ensure_ascii=False))
        return
    if rows or output_format != "table":
        shown = [row | {"changes": _in_words(row["changes"])} for row in rows]
        print_rows(context.console, shown, _ITEMS, output_format)
    if not rows:
        context.console_err.print("nothing was found", markup=False)
    if found.next:
        context.console_err.print(f"next page: --page={found.next}", markup=False)


def _of(item: Item, change: Change) -> dict[str, Any]:
    asset = item.asset
    return {
        "change": change,
        "asset_id": asset.asset_id,
        "upload_time": asset.upload_time.isoformat(),
        "kind": asset.kind,
        "tag": asset.tag,
        "title": asset.title,
        "file_size": asset.file_size,
        "changes": {
            name: {"before": _plain(getattr(item.before, name)), "after": _plain(getattr(item.after, name))}
            for name in item.columns
        },
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _in_words(changes: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {_cell(each['before'])} -> {_cell(each['after'])}" for name, each in changes.items())


def _cell(value: Any) -> str:
    if isinstance(value, tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return "nothing" if value is None else str(value)
