"""`lakefront`: the command line. Each verb is a file beside this one, imported when it is asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click
from rich.markup import escape

from lakefront.cli.context import Context
from lakefront.cli.lazy import LazyGroup
from lakefront.errors import LakefrontError

_COMMANDS: Final = {
    "up": "lakefront.cli.up:up",
    "down": "lakefront.cli.down:down",
    "status": "lakefront.cli.status:status",
    "logs": "lakefront.cli.logs:logs",
    "doctor": "lakefront.cli.doctor:doctor",
    "install": "lakefront.cli.install:install_group",
    "seed": "lakefront.cli.seed:seed",
    "password": "lakefront.cli.password:password",
    "semantic": "lakefront.cli.semantic:semantic",
    "quality": "lakefront.cli.quality:quality",
    "policy": "lakefront.cli.policy:policy",
    "audit": "lakefront.cli.audit:audit",
    "media": "lakefront.cli.media:media_group",
    "superset": "lakefront.cli.superset:superset_group",
    "grafana": "lakefront.cli.grafana:grafana_group",
}


@click.group(cls=LazyGroup, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
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
