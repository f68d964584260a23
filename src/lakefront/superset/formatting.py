"""The files of `superset_assets/` in their canonical text, without asking a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lakefront.semantic.emit.superset import HEADER
from lakefront.superset.bundle import names_of, read_bundle
from lakefront.superset.canonical import tidy
from lakefront.superset.extras import read_files
from lakefront.superset.text import dump, leading_comments
from lakefront.superset.wanted import linked
from lakefront.versions.edits import FileEdit


def format_edits(folder: Path) -> Iterator[FileEdit]:
    """Yield each hand-written file below `superset_assets` whose text is not what an apply and a pull would leave.

    Generated files are `semantic build`'s. Raises BadInputError for a broken bundle.
    """
    bundle = read_bundle(folder)
    extras, names = read_files(folder, bundle), names_of(bundle)
    canonical = {
        asset.name: linked(tidy(asset.folder, asset.data, names), extras.links.get(asset.uuid, {}))
        for asset in bundle.assets
    }
    for name, data in sorted({**canonical, **extras.objects}.items()):
        file = folder / name
        before = file.read_text(encoding="utf-8")
        after = dump(data, leading_comments(before))
        if after != before and not before.startswith(HEADER):
            yield FileEdit(f"{folder.name}/{name}", file, before, after)
