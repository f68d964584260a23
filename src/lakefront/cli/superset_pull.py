"""`lakefront superset pull`: edits made in Superset, brought back into git's files."""

from __future__ import annotations

import click

from lakefront.cli.changes import print_pull
from lakefront.cli.context import Context
from lakefront.errors import BadInputError
from lakefront.superset.pull import Choice, pull


@click.command(name="pull")
@click.argument("names", nargs=-1, metavar="[NAME|TITLE]...")
@click.option("--all", "everything", is_flag=True, help="With --new: all that no file is for yet.")
@click.option("--new", is_flag=True, help="Also assets that no file is for yet, named or --all.")
@click.option("--theirs", is_flag=True, help="Where git and Superset both changed a field, take Superset's.")
@click.option("--diff", "diff_only", is_flag=True, help="Print a patch for `git apply`; write nothing.")
@click.pass_obj
def pull_command(
    context: Context, names: tuple[str, ...], *, everything: bool, new: bool, theirs: bool, diff_only: bool
) -> None:
    """Bring edits made in Superset into the files: of the named assets, or of all that were edited.

    Changes that git has and nobody applied yet stay. A field that both changed is told (exit code 5) and its file left
    alone. Generated files are never written; what to change in the model is said instead.

    Example: lakefront superset pull "Sales Overview" --diff
    """
    if new and not names and not everything:
        raise BadInputError("pull-new", "--new needs to know which", fix="name the assets, or add --all")
    with context.console_err.status("connecting") as status:
        choice = Choice(names, new=new, theirs=theirs)
        result = pull(context.settings, choice, status.update, write=not diff_only)
    print_pull(context, result.files, result.left, things="assets", diff_only=diff_only)
