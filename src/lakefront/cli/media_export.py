"""`lakefront media export`: rows of media as a file, or their originals as a zip."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from rich.progress import BarColumn, DownloadColumn, TextColumn

from lakefront.cli.context import Context
from lakefront.cli.media_filters import filter_options, wanted_by
from lakefront.cli.progress import progress
from lakefront.errors import BadInputError, NotAllowedError, PartlyDoneError
from lakefront.media.export import FORMATS, WRITERS, Export, Format, Wanted, begin, originals
from lakefront.media.metadata import TableMetadata
from lakefront.media.objects import ObjectStore
from lakefront.media.query import ORDERS, AssetFilter, Sort
from lakefront.trino import Trino

#: Seconds that one statement may take.
_PATIENCE: Final = 300.0
_NAMED: Final = 3
#: Columns of a line of work that is counted in bytes.
_BYTES: Final = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())


@click.command(name="export")
@click.argument("asset_ids", nargs=-1, metavar="[ASSET_ID]...")
@filter_options
@click.option("--sort", type=click.Choice(list(ORDERS)), default="newest", show_default=True, help="In which order.")
@click.option("--as-of", help="A state of the table: a snapshot's number, or a time (a date: its end, in UTC).")
@click.option("--format", "of", type=click.Choice(FORMATS), required=True, help="Rows, or the originals (zip).")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--user", help="Ask as this person (default: the environment's user).")
@click.pass_obj
def export_command(
    context: Context,
    *,
    asset_ids: tuple[str, ...],
    sort: Sort,
    as_of: str | None,
    of: Format,
    out: Path,
    force: bool,
    user: str | None,
    **asked: Any,
) -> None:
    """Export what `lakefront media find` finds, all pages of it, or the assets that are named.

    csv: for spreadsheets (UTF-8, no formulas). parquet: typed, as in the table. json: an object for each asset, with
    the query, the snapshot, the person and the time. zip: the originals, with a manifest; what is missing stands in it,
    and the exit code is 5.

    Example: lakefront media export --kind image --tag product --format zip --out products.zip
    """
    narrowed = wanted_by(asked)
    if asset_ids and narrowed != AssetFilter():
        raise BadInputError("export-query", "both assets and filters are given", fix="leave one of them out")
    if out.exists() and not force:
        raise BadInputError("export-there", f"{out} is there already", fix="choose another name, or add --force")
    wanted = Wanted(ids=asset_ids or None, filter=narrowed, sort=sort, as_of=as_of)
    trino = Trino.from_settings(context.settings, user=user, source="lakefront-media", timeout=_PATIENCE)
    export = begin(trino, wanted, TableMetadata(context.settings))
    total: int | None = None
    missing: tuple[str, ...] = ()
    if of == "zip":
        zipped = originals(export, ObjectStore.from_settings(context.settings))
        pieces, total, missing = zipped.stream(), zipped.length, zipped.missing
    else:
        pieces = WRITERS[of][0](export)
    with progress(
        context.console_err, TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn()
    ) as bar:
        task = bar.add_task("writing", total=total)
        size = 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                yield piece
                size += len(piece)
                bar.update(task, completed=size)

        _write(out, counted())
    context.console_err.print(f"{_told(export)}, {size:,} bytes: {out}", markup=False, soft_wrap=True)
    if missing:
        raise _without(missing, out)


def _told(export: Export) -> str:
    return f"{export.held.assets:,} assets" if export.wanted.ids is None else f"{len(export.wanted.ids):,} ids"


def _write(out: Path, pieces: Iterator[bytes]) -> None:
    """Write a file aside and put it in its place when it is whole."""
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as file:
            file.writelines(pieces)
        aside.replace(out)
    except OSError as error:
        raise NotAllowedError(
            "export-not-writable",
            f"{out} cannot be written: {error.strerror or error}",
            fix="choose a folder that is there, that you may write to, and that has room",
        ) from error
    finally:
        with contextlib.suppress(OSError):  # it was never made, or is in its place
            aside.unlink()


def _without(missing: tuple[str, ...], out: Path) -> PartlyDoneError:
    named = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else "")
    what = f"{len(missing):,} originals are not in {out}: {named}"
    return PartlyDoneError("export-missing", what, fix="its manifest says why; `lakefront media reconcile` checks all")
