"""`lakefront media reconcile` and `lakefront media thumbnails`: what S3 holds and what the table says."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.cli.progress import COUNTED, SPINNING, progress
from lakefront.errors import CheckFailedError, PartlyDoneError
from lakefront.media.reconcile import GRACE, Reconcile
from lakefront.media.thumbnail_outcomes import AT_ONCE, record
from lakefront.media.thumbnailing import Made, every_content, make_thumbnails, without_thumbnails

_COLUMNS = ("finding", "path", "detail", "asset_id")


@click.command(name="reconcile")
@click.option("--delete", is_flag=True, help=f"Remove objects that no row has named for {GRACE.days} days.")
@click.option("--checksums", is_flag=True, help="Read every original and compare its SHA-256.")
@format_option
@click.pass_obj
def reconcile_command(context: Context, output_format: str, *, delete: bool, checksums: bool) -> None:
    """Compare what S3 holds with what the table says; change nothing unless --delete says so.

    Found are objects that no row names, rows whose object is lost, objects that are not what their row says, and
    missing thumbnails. Exit code 1 when something is found that --delete does not mend.

    Example: lakefront media reconcile --delete
    """
    with progress(context.console_err, *SPINNING) as bar:
        task = bar.add_task("looking", total=None)
        reconcile = Reconcile(context.settings, report=lambda text: bar.update(task, description=f"looking at {text}"))
        findings = list(reconcile.find(checksums=checksums))
        removed = {found.path for found in reconcile.remove(findings)} if delete else set[str]()
    rows = [
        {"finding": "removed" if found.path in removed else found.kind}
        | {name: value for name, value in dataclasses.asdict(found).items() if name != "kind"}
        for found in findings
    ]
    if rows or output_format != "table":
        print_rows(context.console, rows, _COLUMNS, output_format)
    left = [found for found in findings if found.path not in removed]
    # What an ingest that runs now has stored is no fault.
    wrong = [found for found in left if found.kind not in {"orphan", "left behind"} or found.may_go]
    counted = Counter("removed" if found.path in removed else found.kind for found in findings)
    told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(counted.items()))
    context.console_err.print(told or "S3 holds what the table says", markup=False)
    if wrong:
        fixes = ["`lakefront media thumbnails` makes missing ones"] if counted["no thumbnail"] else []
        fixes += ["--delete removes what is old enough"] if any(found.may_go for found in left) else []
        fixes += (
            ["take what is lost or differs from a backup, or ingest it again"]
            if counted["lost"] + counted["differs"]
            else []
        )
        raise CheckFailedError("media-differs", f"{len(wrong):,} findings are to be mended", fix="; ".join(fixes))


@click.command(name="thumbnails")
@click.option("--all", "every", is_flag=True, help="Make those that are there anew, too.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Originals opened at once.")
@format_option
@click.pass_obj
def thumbnails_command(context: Context, output_format: str, *, every: bool, workers: int) -> None:
    """Make the thumbnails that are missing. Interrupted: run it again, and it goes on.

    The table is told how long each took, or why it could not be made: the explorer's statistics show it.

    Example: lakefront media thumbnails
    """
    began = time.monotonic()
    with progress(context.console_err, *SPINNING) as bar:
        task = bar.add_task("looking", total=None)
        reconcile = Reconcile(context.settings, report=lambda text: bar.update(task, description=f"looking at {text}"))
        contents = every_content(reconcile) if every else without_thumbnails(reconcile)
    failed: list[dict[str, str | None]] = []
    told: list[Made] = []
    with progress(context.console_err, *COUNTED) as bar:
        task = bar.add_task("making thumbnails", total=len(contents))
        for made in make_thumbnails(context.settings, contents, workers=workers):
            bar.advance(task)
            told.append(made)
            if len(told) >= AT_ONCE:
                record(context.settings, told)
                told.clear()
            if made.error is not None:
                failed.append({"original": made.original, "code": made.error.code, "why": made.error.what})
    record(context.settings, told)
    if failed or output_format != "table":
        print_rows(context.console, failed, ("original", "why"), output_format)
    done = len(contents) - len(failed)
    context.console_err.print(f"thumbnails of {done:,} originals made ({time.monotonic() - began:.1f} s)", markup=False)
    if failed:
        raise PartlyDoneError(
            "media-thumbnails",
            f"of {len(failed):,} originals no thumbnail could be made",
            fix="see why beside each, and `lakefront media reconcile`",
        )
