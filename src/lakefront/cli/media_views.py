"""`lakefront media views`: what people look for, saved under names that everybody finds."""

from __future__ import annotations

import dataclasses
from typing import Any, Final
from urllib.parse import quote

import click

from lakefront.cli.context import Context
from lakefront.cli.media_filters import filter_options, wanted_by
from lakefront.cli.output import format_option, print_rows
from lakefront.media.filters import where_of
from lakefront.media.params import SIZES, Listing, written_query
from lakefront.media.query import ORDERS, Sort
from lakefront.media.views import SavedView, Views, named, saved_views
from lakefront.trino import Trino

_SHOWN: Final = ("name", "owner", "description", "query", "updated_at")
_user = click.option("--user", help="As this person and with her rights (default: the environment's user).")


@click.group(name="views")
def views_group() -> None:
    """Saved views of the media: list, show, save and delete them. `lakefront media find --view NAME` asks one.

    Example: lakefront media views list
    """


@views_group.command(name="list")
@_user
@format_option
@click.pass_obj
def list_command(context: Context, *, user: str | None, output_format: str) -> None:
    """List the saved views that a person may see: all of them, or none where she may see no media.

    Example: lakefront media views list --user ana
    """
    found = saved_views(_trino(context, user))
    if found or output_format != "table":
        print_rows(context.console, [_plain(context, view) for view in found], _SHOWN, output_format)
    if not found:
        context.console_err.print("nobody has saved a view", markup=False)


@views_group.command(name="show")
@click.argument("name")
@_user
@format_option
@click.pass_obj
def show_command(context: Context, *, name: str, user: str | None, output_format: str) -> None:
    """Show one saved view, what it shows as parameters of an address, and where the explorer opens it.

    Example: lakefront media views show "Wide pictures"
    """
    row = _plain(context, named(saved_views(_trino(context, user)), name))
    if output_format == "table":
        print_rows(context.console, [{"what": key, "is": value} for key, value in row.items()], ("what", "is"), "table")
    else:
        print_rows(context.console, [row], tuple(row), output_format)


@views_group.command(name="save")
@click.argument("name")
@filter_options
@click.option("--sort", type=click.Choice(list(ORDERS)), default="newest", show_default=True, help="In which order.")
@click.option(
    "--size",
    type=click.Choice(list(map(str, SIZES))),
    default=str(SIZES[0]),
    show_default=True,
    help="How many a page.",
)
@click.option("--as-of", help="A state of the table: a snapshot's number, or a time (a date: its end, in UTC).")
@click.option("--description", default="", help="What it is good for.")
@click.option("--replace", is_flag=True, help="Change your view of this name; an admin may change anybody's.")
@_user
@click.pass_obj
def save_command(
    context: Context,
    *,
    name: str,
    sort: Sort,
    size: str,
    as_of: str | None,
    description: str,
    replace: bool,
    user: str | None,
    **asked: Any,
) -> None:
    """Save what to look for under a name, for everybody who may see media.

    Example: lakefront media views save "Wide pictures" --kind image --where "width > 2 * height" --user ana
    """
    trino = _trino(context, user)
    wanted = wanted_by(asked)
    where_of(wanted, context.settings.schemas)  # what cannot be asked is not kept either
    query = written_query(Listing(wanted, sort, int(size), as_of).to_params())
    views = Views(context.settings, trino)
    if replace:
        seen = named(saved_views(trino), name)
        saved = views.change(seen, query=query, description=description or None)
    else:
        saved = views.save(name, query, description)
    context.console_err.print(f"saved '{saved.name}': {_address(context, saved)}", markup=False)


@views_group.command(name="delete")
@click.argument("name")
@_user
@click.pass_obj
def delete_command(context: Context, *, name: str, user: str | None) -> None:
    """Delete a saved view: one of one's own, or any for an admin.

    Example: lakefront media views delete "Wide pictures" --user ana
    """
    trino = _trino(context, user)
    seen = named(saved_views(trino), name)
    Views(context.settings, trino).delete(seen)
    context.console_err.print(f"deleted '{seen.name}'", markup=False)


def _trino(context: Context, user: str | None) -> Trino:
    return Trino.from_settings(context.settings, user=user, source="lakefront-media")


def _plain(context: Context, view: SavedView) -> dict[str, Any]:
    times = {name: getattr(view, name).isoformat(timespec="seconds") for name in ("created_at", "updated_at")}
    return dataclasses.asdict(view) | times | {"address": _address(context, view)}


def _address(context: Context, view: SavedView) -> str:
    """Return where the explorer opens a view."""
    return f"{context.settings.service('explorer').url}/search?view={quote(view.name)}"
