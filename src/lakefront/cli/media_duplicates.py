"""`lakefront media duplicates`: groups of the same content, and of pictures that look alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.cli.progress import SPINNING, progress
from lakefront.config import Settings
from lakefront.media.assets import Asset
from lakefront.media.catalog import MediaCatalog
from lakefront.media.duplicates import Found, Group, Groups, find_duplicates, groups
from lakefront.media.duplicates.read import LARGEST_PAGE
from lakefront.trino import Trino

#: Seconds that one statement may take that reads every hash.
_PATIENCE: Final = 600.0
_COLUMNS: Final = ("group", "assets", "spare_bytes", "asset_id", "upload_time", "tag", "title", "file_size")


@click.command(name="duplicates")
@click.option("--near", is_flag=True, help="Pictures that look alike, not those of the same content.")
@click.option("--look", is_flag=True, help="Look for duplicates first, if anything has changed since the last time.")
@click.option(
    "--size", type=click.IntRange(1, LARGEST_PAGE), default=10, show_default=True, help="How many groups a page."
)
@click.option("--page", "after", metavar="TOKEN", help="Go on behind the page that gave this token.")
@click.option("--user", help="Ask as this person (default: the environment's user).")
@format_option
@click.pass_obj
def duplicates_command(
    context: Context,
    *,
    near: bool,
    look: bool,
    size: int,
    after: str | None,
    user: str | None,
    output_format: str,
) -> None:
    """Show groups of duplicates, those first whose copies take most room.

    They are looked for by --look, and by `lakefront up` when it fills a lake: what came in since is in no group.
    `lakefront media find --duplicates` finds the assets that are in any.

    Example: lakefront media duplicates --near --look
    """
    settings = context.settings
    if look:
        with progress(context.console_err, *SPINNING) as bar:
            task = bar.add_task("looking", total=None)
            found = look_for_duplicates(settings, lambda text: bar.update(task, description=text))
        context.console_err.print(in_words(found), markup=False)
    trino = Trino.from_settings(settings, user=user, source="lakefront-media")
    key = settings.secrets.signing_key
    _print(context, groups(trino, "near" if near else "same", signing_key=key, size=size, after=after), output_format)


def look_for_duplicates(settings: Settings, report: Callable[[str], None]) -> Found | None:
    """Look for duplicates in an environment. Raises as `find_duplicates`."""
    trino = Trino.from_settings(settings, source="lakefront-media", timeout=_PATIENCE)
    return find_duplicates(MediaCatalog.from_settings(settings), trino, report=report)


def in_words(found: Found | None) -> str:
    """Return what a search found in one line."""
    if found is None:
        return "no assets yet"
    if not found.changed:
        return "nothing has changed since duplicates were looked for"
    told = f"{found.groups['same']:,} groups of the same content, {found.groups['near']:,} of pictures that look alike"
    if found.compared < found.pictures:
        told += f" (the newest {found.compared:,} of {found.pictures:,} pictures were compared)"
    return told


def _print(context: Context, found: Groups, output_format: str) -> None:
    if output_format == "json":
        told = {"groups": [_plain(group) for group in found.groups], "next": found.next}
        context.console.print_json(json.dumps(told, ensure_ascii=False))
        return
    rows = [
        {"group": group.key[:12], "assets": group.size, "spare_bytes": group.spare} | _of(asset)
        for group in found.groups
        for asset in group.assets
    ]
    if rows or output_format != "table":
        print_rows(context.console, rows, _COLUMNS, output_format)
    if not rows:
        context.console_err.print("no duplicates are known", markup=False)
    if found.next:
        context.console_err.print(f"next page: --page={found.next}", markup=False)


def _plain(group: Group) -> dict[str, Any]:
    assets = [_of(asset) for asset in group.assets]
    return {"group": group.key, "assets": group.size, "spare_bytes": group.spare, "members": assets}


def _of(asset: Asset) -> dict[str, Any]:
    return {
        "asset_id": asset.asset_id,
        "upload_time": asset.upload_time.isoformat(),
        "tag": asset.tag,
        "title": asset.title,
        "file_size": asset.file_size,
    }
