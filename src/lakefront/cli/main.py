"""`lakefront`: the command line. Each verb is a file beside this one."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.markup import escape

from lakefront.cli.context import Context
from lakefront.cli.doctor import doctor
from lakefront.cli.down import down
from lakefront.cli.logs import logs
from lakefront.cli.password import password
from lakefront.cli.seed import seed
from lakefront.cli.semantic import semantic
from lakefront.cli.status import status
from lakefront.cli.superset import superset_group
from lakefront.cli.up import up
from lakefront.errors import LakefrontError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--bundle", type=click.Path(path_type=Path), help="The bundle's folder (default: here or above).")
@click.option("--env", help="The environment of lakefront.toml (default: the manifest's).")
@click.option("--home", type=click.Path(path_type=Path), help="Where state and data live (default: .lakefront).")
@click.version_option(package_name="lakefront", message="lakefront %(version)s")
@click.pass_context
def cli(context: click.Context, bundle: Path | None, env: str | None, home: Path | None) -> None:
    """The front end of a lakehouse, kept in git.

    Exit codes: 0 fine; 1 a check found something; 2 wrong usage or a bad file; 3 not allowed; 4 a service is
    unreachable; 5 partly done.

    Example: lakefront up
    """
    context.obj = Context(bundle=bundle, env=env, home=home)


for command in (up, down, status, logs, doctor, seed, password, semantic, superset_group):
    cli.add_command(command)


def main() -> None:
    """Run the command line; every error that a user can meet ends in one message and an exit code."""
    context = Context()
    try:
        code = cli.main(standalone_mode=False)
    except LakefrontError as error:
        context.console_err.print(f"[bold red]error[/]: {escape(str(error))}")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        context.console_err.print("interrupted; nothing is left half-done, run the same command again")
        sys.exit(5)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as in `lakefront logs | head`
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
