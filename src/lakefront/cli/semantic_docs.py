"""`lakefront semantic docs`: write the semantic layer as a site of plain files."""

from __future__ import annotations

from pathlib import Path

import click

from lakefront.cli.context import Context
from lakefront.semantic import load_layer
from lakefront.semantic.emit.docs import site_files
from lakefront.semantic.emit.docs.folder import replace_folder, require_ours
from lakefront.semantic.usage import read_usage


@click.command()
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where to write it; what an earlier run wrote there is replaced (default: .lakefront/semantic-docs).",
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@click.pass_obj
def docs(context: Context, out: Path | None, *, open_it: bool) -> None:
    """Write a site of the semantic layer: search, definitions, lineage, owners, who uses what.

    It needs no server and no network: open its index.html, or copy the folder to any web server.

    Example: lakefront semantic docs --out public/metrics --open
    """
    settings = context.settings
    folder = (out or settings.home.root / "semantic-docs").absolute()
    require_ours(folder.resolve())  # told before the work, not after
    layer = load_layer(settings.part("semantic_layer"))
    files = site_files(
        layer,
        settings.manifest.look,
        read_usage(settings.part("superset_assets")),
        title=settings.manifest.bundle.name,
        root=settings.bundle,
        superset=settings.service("superset").url,
    )
    replace_folder(files, folder)
    index = folder / "index.html"
    context.console.out(str(index), highlight=False)
    context.console_err.print(
        f"{len(layer.metrics)} metrics, {len(layer.datasets)} datasets, {len(layer.views)} views on {len(files)} files",
    )
    if open_it:
        click.launch(index.as_uri())
