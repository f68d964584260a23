"""`lakefront media ingest`: take images, sounds and films in."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.cli.progress import COUNTED, progress
from lakefront.errors import PartlyDoneError
from lakefront.media.assets import SOURCE_SYSTEMS, TAGS
from lakefront.media.decoder import Allowance
from lakefront.media.description import Description
from lakefront.media.ingest import Ingest, Outcome
from lakefront.media.objects import ObjectStore
from lakefront.media.sources import find_sources, shown
from lakefront.media.stills import Limits

_WORDS = {"added": "added", "known": "there already", "refused": "refused", "would be added": "would be added"}
_COLUMNS = ("file", "state", "kind", "asset_id", "why")


@click.command(name="ingest")
@click.argument("places", nargs=-1, required=True, metavar="PATH|s3://BUCKET/PREFIX...")
@click.option("--tag", type=click.Choice(TAGS), default="other", show_default=True, help="What the files are for.")
@click.option("--label", "labels", multiple=True, help="A label for each; may be given several times.")
@click.option("--title", help="One title for all (default: each file's name).")
@click.option("--source", type=click.Choice(SOURCE_SYSTEMS), default="batch", show_default=True, help="Where from.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Files opened at once.")
@click.option("--max-megapixels", type=click.FloatRange(1), default=50.0, show_default=True)
@click.option("--max-mb", type=click.FloatRange(1), default=512.0, show_default=True, help="Most megabytes of a file.")
@click.option("--max-seconds", type=click.FloatRange(1), default=5.0, show_default=True, help="Of one file's opening.")
@click.option("--dry-run", is_flag=True, help="Read and open the files; store nothing.")
@format_option
@click.pass_obj
def ingest_command(
    context: Context,
    *,
    places: tuple[str, ...],
    tag: str,
    labels: tuple[str, ...],
    title: str | None,
    source: str,
    workers: int,
    max_megapixels: float,
    max_mb: float,
    max_seconds: float,
    output_format: str,
    dry_run: bool,
) -> None:
    """Take images, sounds and films in, from folders (with all below them) and from S3.

    What a file is, is told by its content. A content that is there already is left as it is, whatever its name, so the
    same command may be given again: after an interruption it takes up what was left. A file that cannot be taken is
    named with the reason, and the others are taken (exit code 5).

    Example: lakefront media ingest ~/Pictures/spring s3://camera/2026-10/ --tag product --label spring
    """
    began = time.monotonic()
    what = Description(tag, labels, title, source)
    what.check()
    sources = list(find_sources(places, ObjectStore.from_settings(context.settings)))
    limits = Limits(max_bytes=int(max_mb * 1024 * 1024), max_pixels=int(max_megapixels * 1_000_000))
    ingest = Ingest(context.settings, workers=workers, limits=limits, allowance=Allowance(seconds=max_seconds))
    outcomes: list[Outcome] = []
    with progress(context.console_err, *COUNTED) as bar, ingest:
        task = bar.add_task("taking in", total=len(sources))
        for outcome in ingest.run(sources, what, dry_run=dry_run):
            outcomes.append(outcome)
            bar.advance(task)
    refused = [outcome for outcome in outcomes if outcome.error is not None]
    listed = refused if output_format == "table" else outcomes
    if listed or output_format != "table":
        print_rows(context.console, [_row(outcome) for outcome in listed], _COLUMNS, output_format)
    context.console_err.print(_summary(outcomes, time.monotonic() - began), markup=False)
    if refused:
        raise PartlyDoneError(
            "media-refused",
            f"{len(refused):,} of {len(outcomes):,} files were refused",
            fix="see why beside each; run the same command again when they are mended",
        )


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "file": shown(outcome.source.address),
        "state": _WORDS[outcome.state],
        "kind": outcome.asset.kind if outcome.asset else None,
        "asset_id": outcome.asset.asset_id if outcome.asset else None,
        "sha256": outcome.sha256,
        "s3_path": outcome.asset.s3_path if outcome.asset else None,
        "code": outcome.error.code if outcome.error else None,
        "why": outcome.error.what if outcome.error else None,
    }


def _summary(outcomes: list[Outcome], seconds: float) -> str:
    counted = Counter(outcome.state for outcome in outcomes)
    told = ", ".join(f"{counted[state]:,} {words}" for state, words in _WORDS.items() if counted[state])
    return f"{told or 'nothing to take in'} ({seconds:.1f} s)"
