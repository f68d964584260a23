"""`lakefront media versions`: what was changed of one asset, when and by whom."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.media.metadata import TableMetadata
from lakefront.media.versions import Version, versions
from lakefront.trino import Trino

_COLUMNS: Final = ("since", "what", "by", "column", "before", "after", "snapshot")


@click.command(name="versions")
@click.argument("asset_id")
@click.option("--user", help="Ask as this person (default: the environment's user).")
@format_option
@click.pass_obj
def versions_command(context: Context, *, asset_id: str, user: str | None, output_format: str) -> None:
    """Show what was changed of an asset, column by column, the newest change first.

    The table's states tell it, as far as they are kept. `by` is who changed the row; where it does not say, who made
    the state. `visible` is an asset that was there before but is not shown to this person in earlier states.

    Example: lakefront media versions 01993b5c-0000-7000-8000-000000000000
    """
    trino = Trino.from_settings(context.settings, user=user, source="lakefront-media")
    found = versions(trino, TableMetadata(context.settings), asset_id)
    if output_format == "json":
        told = {"versions": [_plain(version) for version in found.versions], "complete": found.complete}
        context.console.print_json(json.dumps(told, ensure_ascii=False))
        return
    rows = [row for version in found.versions for row in _told(version)]
    if rows or output_format != "table":
        print_rows(context.console, rows, _COLUMNS, output_format)
    if not rows:
        context.console_err.print("no state of the table has such an asset, or it is not for you to see", markup=False)
    elif not found.complete:
        context.console_err.print("what was before is no longer kept, or too far back", markup=False)


def _plain(version: Version) -> dict[str, Any]:
    return {
        "what": version.what,
        "since": version.since.isoformat(),
        "by": version.by,
        "snapshot": version.snapshot,
        "changes": [
            {"column": change.column, "before": _value(change.before), "after": _value(change.after)}
            for change in version.changes
        ],
    }


def _told(version: Version) -> list[dict[str, Any]]:
    """Return a row for each column that changed; one for what is no change of columns."""
    head = {
        "since": f"{version.since:%Y-%m-%d %H:%M:%S}",
        "what": version.what,
        "by": version.by,
        "snapshot": version.snapshot,
    }
    return [
        head | {"column": change.column, "before": _text(change.before), "after": _text(change.after)}
        for change in version.changes
    ] or [head]


def _value(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value  # type: ignore[reportUnknownArgumentType]


def _text(value: Any) -> str:
    plain = _value(value)
    if isinstance(plain, list):
        return ", ".join(map(str, plain))  # type: ignore[reportUnknownArgumentType]
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, dict) else "" if plain is None else str(plain)
