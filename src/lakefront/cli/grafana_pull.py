"""`lakefront grafana pull`: edits made in Grafana, brought back into git's files."""

from __future__ import annotations

import click

from lakefront.cli.changes import print_pull
from lakefront.cli.context import Context
from lakefront.grafana.pull import Choice, pull


@click.command(name="pull")
@click.argument("names", nargs=-1, metavar="[UID|TITLE]...")
@click.option("--new", is_flag=True, help="Also dashboards of the folder that no file is for yet, as JSON.")
@click.option("--as-json", is_flag=True, help="Keep them as Grafana's own JSON; their definitions are removed.")
@click.option("--theirs", is_flag=True, help="Where git and Grafana both changed a field, take Grafana's.")
@click.option("--diff", "diff_only", is_flag=True, help="Print a patch for `git apply`; write nothing.")
@click.pass_obj
def pull_command(
    context: Context, names: tuple[str, ...], *, new: bool, as_json: bool, theirs: bool, diff_only: bool
) -> None:
    """Bring edits made in Grafana into the files: of the named dashboards, or of all that were edited.

    An edit that a definition can say is written into it. One that it cannot say is told (exit code 5) and its file left
    alone; --as-json keeps such a dashboard as JSON. Run `lakefront grafana build` after it.

    Example: lakefront grafana pull "Lakehouse Overview" --diff
    """
    with context.console_err.status("connecting") as status:
        choice = Choice(names, new=new, as_json=as_json, theirs=theirs)
        result = pull(context.settings, choice, status.update, write=not diff_only)
    print_pull(context, result.files, result.left, things="dashboards", diff_only=diff_only, gone=result.gone)
