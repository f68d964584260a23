"""Options that say which media are meant, the same for each command that takes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Final

import click

from lakefront.media.assets import KINDS, SOURCE_SYSTEMS, TAGS
from lakefront.media.query import AssetFilter


def _values(name: str, field: str, choices: tuple[str, ...], what: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", field, type=click.Choice(choices), multiple=True, help=f"{what}; may be repeated.")


def _between(name: str, kind: click.ParamType[Any, Any], unit: str, what: str) -> list[Callable[[Any], Any]]:
    return [
        click.option(f"--min-{name}", type=kind, metavar=unit, help=f"{what}, at least."),
        click.option(f"--max-{name}", type=kind, metavar=unit, help=f"{what}, at most."),
    ]


_OPTIONS: Final = (
    _values("kind", "kinds", KINDS, "Of this kind"),
    _values("tag", "tags", TAGS, "With this tag"),
    _values("source", "source_systems", SOURCE_SYSTEMS, "That came in this way"),
    click.option("--type", "mime_types", multiple=True, metavar="TYPE", help="Of this media type; may be repeated."),
    click.option("--label", "labels", multiple=True, help="With this label; of several, with all of them."),
    click.option("--text", default="", help="With this in the title or a label, in any case."),
    click.option(
        "--exif", multiple=True, metavar="TAG=TEXT", help="With this text in this tag of EXIF; may be repeated."
    ),
    click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The first day, in UTC."),
    click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The last day, in UTC."),
    *_between("bytes", click.IntRange(min=0), "BYTES", "Size of the original"),
    *_between("width", click.IntRange(min=0), "PIXELS", "Width of images and films"),
    *_between("height", click.IntRange(min=0), "PIXELS", "Height of images and films"),
    *_between("duration", click.FloatRange(min=0), "SECONDS", "Length of sounds and films"),
    click.option("--indexed/--not-indexed", default=None, help="Those that search has, or has not (default: all)."),
    click.option("--where", "condition", default="", metavar="SQL", help="A condition over columns of the table."),
    click.option(
        "--duplicates/--no-duplicates", default=None, help="Those that have duplicates, or none (default: all)."
    ),
)


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a filter, which `wanted_by` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted_by(asked: dict[str, Any], base: AssetFilter | None = None) -> AssetFilter:
    """Return the filter that options say, and `base` where they say nothing.

    A page has a size already, so that of files is called bytes there.
    """
    for day in ("since", "until"):
        asked[day] = asked[day].date() if asked[day] else None
    for end in ("min", "max"):
        asked[f"{end}_size"] = asked.pop(f"{end}_bytes")
    said = {name: value for name, value in asked.items() if value not in (None, (), "")}
    return dataclasses.replace(base or AssetFilter(), **said)
