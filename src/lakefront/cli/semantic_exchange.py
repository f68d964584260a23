"""`lakefront semantic export` and `import`: models of other tools, and ours for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from rich.markup import escape

from lakefront.cli.context import Context
from lakefront.errors import BadInputError, Location, PartlyDoneError
from lakefront.semantic import load_layer
from lakefront.semantic.exchange.dbt import import_dbt, read_dbt
from lakefront.semantic.exchange.draft import Finding, ImportOptions
from lakefront.semantic.exchange.naming import to_name
from lakefront.semantic.exchange.ossie_export import NEWEST, VERSIONS, export_ossie
from lakefront.semantic.exchange.ossie_import import import_ossie
from lakefront.semantic.exchange.ossie_spec import read_ossie
from lakefront.semantic.exchange.settle import settle
from lakefront.semantic.exchange.trino_types import fill_types
from lakefront.semantic.exchange.write_yaml import write_files
from lakefront.trino import Trino


@click.command(name="export")
@click.option("--to", "target", type=click.Choice(["ossie"]), required=True, help="Apache Ossie, formerly OSI.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it, .json for JSON (default: print)."
)
@click.option(
    "--ossie-version", type=click.Choice(VERSIONS), default=NEWEST, show_default=True, help="Which specification."
)
@click.pass_obj
def export(context: Context, target: str, out: Path | None, ossie_version: str) -> None:  # noqa: ARG001 - one target yet
    """Write all models as one document that other tools read.

    Metrics that one SQL aggregate cannot say are told; they stand in the document for Lakefront alone.

    Example: lakefront semantic export --to ossie --out shop.ossie.yml
    """
    settings = context.settings
    layer = load_layer(settings.part("semantic_layer"))
    name = to_name(settings.manifest.bundle.name)
    made = export_ossie(layer, name=name, catalog=settings.env.iceberg_catalog, version=ossie_version)
    text = made.as_json() if out and out.suffix == ".json" else made.as_yaml()
    for note in made.notes:
        context.console_err.print(f"other tools will not see it: {note}", markup=False)
    if out is None:
        context.console.out(text, end="", highlight=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(
            "exchange-unwritable", f"the document cannot be written: {error.strerror}", where=Location(out),
            fix="choose another file with --out",
        ) from None  # fmt: skip
    told = f"{len(layer.datasets)} datasets, {len(layer.relationships)} relationships, {len(layer.metrics)} metrics"
    context.console_err.print(f"{told} in {out}", markup=False)


@click.command(name="import")
@click.option("--from", "origin", type=click.Choice(["ossie", "dbt"]), required=True, help="What the file is.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to (default: the bundle's models)."
)
@click.option("--owner", default="to be named", show_default=True, help="Owner of what has none in the file.")
@click.option("--schema", help="Schema of tables that name none in the file.")
@click.option("--types-from-trino", is_flag=True, help="Ask Trino for the types that the file does not say.")
@click.option("--force", is_flag=True, help="Overwrite files that are already there.")
@click.pass_obj
def import_(
    context: Context,
    *,
    origin: str,
    file: Path,
    out: Path | None,
    owner: str,
    schema: str | None,
    types_from_trino: bool,
    force: bool,
) -> int:
    """Make models from a file of another tool: an Apache Ossie document, or dbt's manifest.json.

    What models cannot say is told, one line each, with its place in the file; then the exit code is 5.

    Example: lakefront semantic import --from dbt target/manifest.json --out semantic_layer/models
    """
    settings = context.settings
    if not owner.strip():
        raise BadInputError("bad-owner", "--owner is empty", fix="name a person or a team")
    options = ImportOptions(owner=owner, schema=schema, catalog=settings.env.iceberg_catalog)
    draft = import_ossie(read_ossie(file), options) if origin == "ossie" else import_dbt(read_dbt(file), options)
    if types_from_trino:
        fill_types(draft, Trino.from_settings(settings, source="lakefront-import"))
    folder = out or settings.part("semantic_layer") / "models"
    settled = settle(draft, folder, comment=f"Made from {file.name} by lakefront semantic import.")
    for path in write_files(folder, settled.texts, force=force):
        context.console.print(str(path), markup=False)
    return _tell(context, settled.findings)


def _tell(context: Context, findings: Iterable[Finding]) -> int:
    """Print findings, and return the exit code that they call for."""
    lost = 0
    for finding in findings:
        word = "[yellow]not carried over[/]" if finding.lost else "note"
        context.console_err.print(f"{word}: {escape(str(finding))}")
        lost += finding.lost
    if not lost:
        return 0
    context.console_err.print(
        f"{lost} {'thing is' if lost == 1 else 'things are'} not carried over; the rest is written"
    )
    return PartlyDoneError.exit_code
