"""`lakefront media find`: pages of images, sounds and films."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

import click

from lakefront.cli.context import Context
from lakefront.cli.media_filters import filter_options, wanted_by
from lakefront.cli.output import format_option, print_rows
from lakefront.media.assets import COLUMNS, Asset
from lakefront.media.metadata import TableMetadata
from lakefront.media.paging import LARGEST_PAGE
from lakefront.media.params import Listing
from lakefront.media.query import ORDERS, Page, Sort, day_counts, page, parse_as_of
from lakefront.media.views import named, saved_views
from lakefront.trino import Trino

_SHOWN: Final = ("asset_id", "upload_time", "kind", "tag", "title", "labels", "mime_type", "file_size", "extent")
_ALL: Final = tuple(column.name for column in COLUMNS if column.name != "exif")


@click.command(name="find")
@filter_options
@click.option("--view", metavar="NAME", help="What a saved view shows; other filters take the place of its own.")
@click.option("--sort", type=click.Choice(list(ORDERS)), help="In which order (default: newest).")
@click.option("--size", type=click.IntRange(1, LARGEST_PAGE), help="How many a page (default: 20).")
@click.option("--page", "after", metavar="TOKEN", help="Go on behind the page that gave this token, with its options.")
@click.option("--as-of", help="A state of the table: a snapshot's number, or a time (a date: its end, in UTC).")
@click.option("--budget", type=click.FloatRange(min=0), metavar="SECONDS", help="Open no more days after this time.")
@click.option("--user", help="Ask as this person (default: the environment's user).")
@format_option
@click.pass_obj
def find_command(
    context: Context,
    *,
    view: str | None,
    sort: Sort | None,
    size: int | None,
    after: str | None,
    as_of: str | None,
    budget: float | None,
    user: str | None,
    output_format: str,
    **asked: Any,
) -> None:
    """Find images, sounds and films, a page at a time; all pages of a walk show the state that the first one saw.

    The token of the next page is told after the rows, in JSON as `next`. By size or name, days have to be chosen
    (--since and --until), or filters that leave 50,000 at most.

    Example: lakefront media find --kind image --text lake --min-width 1920 --since 2026-10-01
    """
    settings = context.settings
    trino = Trino.from_settings(settings, user=user, source="lakefront-media")
    base = named(saved_views(trino), view).listing if view else Listing()
    wanted = wanted_by(asked, base.filter)
    as_of = as_of or base.as_of
    metadata = TableMetadata(settings)
    found = page(
        trino,
        wanted,
        signing_key=settings.secrets.signing_key,
        sort=sort or base.sort,
        size=size or base.size,
        after=after,
        pin=None if as_of else metadata.current(),
        as_of=parse_as_of(as_of) if as_of else None,
        counts=metadata.bounds(lambda state: day_counts(trino, wanted, as_of=state)),
        budget=budget,
    )
    _print(context, found, output_format)


def _print(context: Context, found: Page, output_format: str) -> None:
    if output_format == "json":
        told = {
            "assets": [_plain(asset) for asset in found.assets],
            "next": found.next,
            "snapshot": found.snapshot,
            "fell_back": found.fell_back,
            "partial": found.partial,
        }
        context.console.print_json(json.dumps(told, ensure_ascii=False))
        return
    rows = [_plain(asset) | _told(asset) for asset in found.assets]
    if rows or output_format != "table":
        print_rows(context.console, rows, _ALL if output_format == "csv" else _SHOWN, output_format)
    for note in _notes(found):
        context.console_err.print(note, markup=False)


def _notes(found: Page) -> list[str]:
    notes: list[str] = []
    if found.fell_back:
        notes.append("the state that this walk began with is gone: what is there now is shown from here on")
    if found.partial:
        notes.append("the time was up before the page was full")
    elif not found.assets:
        notes.append("nothing was found")
    return [*notes, f"next page: --page={found.next}"] if found.next else notes


def _plain(asset: Asset) -> dict[str, Any]:
    values = {column.name: getattr(asset, column.name) for column in COLUMNS}
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()}


def _told(asset: Asset) -> dict[str, str]:
    """Return what reads better in a cell: times to the second, labels as words, one column of how large or long."""
    sized = f"{asset.width} x {asset.height}" if asset.width and asset.height else ""
    lasting = f"{asset.duration_seconds:.1f} s" if asset.duration_seconds else ""
    return {
        "upload_time": f"{asset.upload_time:%Y-%m-%d %H:%M:%S}",
        "labels": ", ".join(asset.labels),
        "extent": ", ".join(filter(None, (sized, lasting))),
    }
