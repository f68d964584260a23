"""`lakefront media edit` and `lakefront media delete`: change what people say of assets, and take them out."""

from __future__ import annotations

import sys

import click

from lakefront.cli.context import Context
from lakefront.errors import BadInputError
from lakefront.media.assets import TAGS
from lakefront.media.edits import Changes, Edited, Editor


@click.command(name="edit")
@click.argument("asset_ids", nargs=-1, required=True, metavar="ASSET_ID...")
@click.option("--title", help="Another title, for each of them.")
@click.option("--tag", type=click.Choice(TAGS), help="What they are for.")
@click.option("--add-label", "added", multiple=True, metavar="LABEL", help="A label more; may be given several times.")
@click.option("--remove-label", "removed", multiple=True, metavar="LABEL", help="A label less; may be repeated.")
@click.option("--user", help="Change in this person's name and with her rights (default: the environment's user).")
@click.pass_obj
def edit_command(
    context: Context,
    *,
    asset_ids: tuple[str, ...],
    title: str | None,
    tag: str | None,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    user: str | None,
) -> None:
    """Change title, tag or labels of assets: all of them in one commit, or none.

    What a person may change is said by the `edits` of her roles; who changed a row last, and when, stands in it.

    Example: lakefront media edit 01a2261d-2678-7c7e-9ed1-15778b1bdf3a --tag product --add-label spring --user ana
    """
    editor = Editor(context.settings, user=user)
    done = editor.change(asset_ids, Changes(title, tag, added, removed))
    context.console_err.print(_told(done), markup=False)


@click.command(name="delete")
@click.argument("asset_ids", nargs=-1, required=True, metavar="ASSET_ID...")
@click.option("--user", help="Delete in this person's name and with her rights (default: the environment's user).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete_command(context: Context, *, asset_ids: tuple[str, ...], user: str | None, yes: bool) -> None:
    """Take assets out of the table. `media find --as-of` still shows them for as long as its snapshots are kept.

    Their objects stay until `media reconcile --delete`, which removes what no row has named for a week.

    Example: lakefront media delete 01a2261d-2678-7c7e-9ed1-15778b1bdf3a --user admin
    """
    editor = Editor(context.settings, user=user)
    if not yes:
        if not sys.stdin.isatty():
            raise BadInputError("media-delete", "nobody is here to be asked", fix="add --yes")
        click.confirm(f"Delete {len(set(asset_ids)):,} assets?", abort=True)
    context.console_err.print(f"{editor.delete(asset_ids):,} deleted", markup=False)


def _told(done: Edited) -> str:
    already = f", {done.unchanged:,} were that way already" if done.unchanged else ""
    return f"{done.changed:,} changed{already}"
