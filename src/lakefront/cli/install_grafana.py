"""`lakefront install grafana`: an official release, into the home."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import BarColumn, DownloadColumn

from lakefront.cli.context import Context
from lakefront.cli.progress import SPINNING, progress
from lakefront.stack.grafana_home import install


@click.command(name="grafana")
@click.option(
    "--from",
    "archive",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True),
    help="An archive that is here already; compared with ARCHIVE.sha256, where that is beside it.",
)
@click.option("--version", help="The version to fetch (default: [grafana] version of lakefront.toml).")
@click.pass_obj
def grafana_command(context: Context, archive: Path | None, version: str | None) -> None:
    """Fetch the official release of Grafana, which `lakefront up --with ops` then starts, and unpack it into the home.

    It is compared with the checksum that is published beside it. Interrupted: run it again, it goes on where it was.
    A version that is there already is left as it is, and used from now on.

    Example: lakefront install grafana
    """
    if archive and version:
        raise click.UsageError("--version is about what is fetched: the archive given with --from says its own.")
    with progress(context.console_err, *SPINNING, BarColumn(), DownloadColumn()) as bar:
        task = bar.add_task("looking", total=None)

        def report(detail: str, done: int | None = None, total: int | None = None) -> None:
            bar.update(task, description=detail, completed=done or 0, total=total)

        made = install(context.settings, report, version=version, archive=archive)
    if not made.checked:
        context.console_err.print(f"not compared with a checksum: there is no {archive}.sha256", markup=False)
    done = "is installed" if made.new else "was here already"
    context.console.print(f"Grafana {made.version} {done}: {made.folder}", markup=False)
    context.console_err.print("`lakefront up --with ops` starts it")
