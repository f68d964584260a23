"""Making the thumbnails that are missing, of originals that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError
from lakefront.media import thumbnails
from lakefront.media.assets import split_path, thumbnail_key
from lakefront.media.decoder import Allowance, Decoders
from lakefront.media.objects import ObjectStore
from lakefront.media.probe import DEFAULT_LIMITS
from lakefront.media.reconcile import Reconcile
from lakefront.media.sources import shown
from lakefront.media.stills import Limits


@dataclass(frozen=True)
class Made:
    """What became of one content: its original, bytes and seconds of the thumbnails made, or why there are none."""

    sha256: str
    original: str
    size: int = 0
    seconds: float | None = None
    error: LakefrontError | None = None


def without_thumbnails(reconcile: Reconcile) -> dict[str, str]:
    """Return the contents of which a thumbnail is missing, and an original of each."""
    found = (finding for finding in reconcile.thumbnails() if finding.kind == "no thumbnail")
    return {str(finding.sha256): str(finding.original) for finding in found}


def every_content(reconcile: Reconcile) -> dict[str, str]:
    """Return all contents that have a row, and an original of each."""
    return {sha256: original for part in reconcile.contents() for sha256, original in part.items()}


def make_thumbnails(
    settings: Settings,
    contents: dict[str, str],
    *,
    workers: int = 4,
    limits: Limits = DEFAULT_LIMITS,
    allowance: Allowance | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Iterator[Made]:
    """Make the thumbnails of contents anew and yield what became of each, in the order given.

    An original that is lost or cannot be opened is told and passed over. Raises UnreachableError or NotAllowedError.
    """
    store = ObjectStore.from_settings(settings, connections=workers * 2)
    with ExitStack() as closing:
        decoders = closing.enter_context(Decoders(limits, allowance))

        def make(content: tuple[str, str]) -> Made:
            sha256, original = content
            bucket, key = split_path(original)
            try:
                found = decoders.examine(replace(store, bucket=bucket).get(key), name=shown(original))
            except (BadInputError, CheckFailedError) as error:
                return Made(sha256, original, error=error)
            if found.facts.sha256 != sha256:
                return Made(sha256, original, error=_differs(original))
            for longest, picture in found.thumbnails.items():
                store.put(thumbnail_key(sha256, longest), picture, thumbnails.MIME, replace=True)
                step("thumbnail")
            size = sum(len(picture) for picture in found.thumbnails.values())
            return Made(sha256, original, size, found.facts.thumbnail_seconds)

        pool = closing.enter_context(ThreadPoolExecutor(workers, thread_name_prefix="thumbnails"))
        try:
            yield from pool.map(make, contents.items())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _differs(original: str) -> CheckFailedError:
    return CheckFailedError(
        "media-differs", f"{shown(original)} is not what its row says", fix="see `lakefront media reconcile`"
    )
