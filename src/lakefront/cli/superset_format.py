"""`lakefront superset format`: the files of `superset_assets/` in canonical form."""

from __future__ import annotations

import click

from lakefront.cli.context import Context
from lakefront.superset.formatting import format_edits


@click.command(name="format")
@click.option("--check", is_flag=True, help="Write nothing; print the changes as a patch, exit 1 when there are any.")
@click.pass_obj
def format_command(context: Context, *, check: bool) -> int:
    """Write hand-made files in canonical form: sorted, without defaults, as an apply and a pull leave them.

    Example: lakefront superset format --check
    """
    edits = list(format_edits(context.settings.part("superset_assets")))
    for edit in edits:
        if check:
            context.console.out(edit.patch, end="", highlight=False)
        else:
            edit.write()
            context.console.print(f"changed {edit.name}", markup=False)
    if not edits:
        context.console_err.print("all files are in canonical form")
    elif check:
        context.console_err.print(f"{len(edits)} files are not in canonical form: run `lakefront superset format`")
    return 1 if check and edits else 0
