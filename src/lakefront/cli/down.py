"""`lakefront down`."""

from __future__ import annotations

import click

from lakefront.cli.context import Context
from lakefront.stack import control


@click.command()
@click.pass_obj
def down(context: Context) -> None:
    """Stop what this home started; the data stays.

    Example: lakefront down
    """
    with context.console_err.status("stopping"):
        stopped = control.stop(context.settings)
    if stopped:
        context.console_err.print(f"stopped {', '.join(stopped)}; the data stays in {context.settings.home.root}")
    else:
        context.console_err.print("nothing was running")
